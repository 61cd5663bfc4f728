import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { sampleCompanyCheck } from './sample-company.js';

describe('the sample company', () => {
  it('is complete when the demo says so, and not before', async () => {
    const parent = new EventEmitter();
    const sample = sampleCompanyCheck(parent);
    parent.emit('message', { unrelated: true });
    expect(await sample.check()).toBe(false);
    parent.emit('message', 'sample company complete');
    expect(await sample.check()).toBe(true);
    parent.emit('message', 'something else');
    expect(await sample.check()).toBe(true);
  });
});
