import { and, type Condition, everything, not, or } from './condition.js';
import { entryOf, type Field, type FieldTable, type Operator } from './fields.js';
import { type Literal, literalForms, readLiteral } from './filter-literals.js';
import { type Token, tokenize } from './filter-tokens.js';
import { QueryError, quoted } from './query-error.js';

// A filter costs the database more than it costs the sender; the depth also bounds this parser's own recursion.
const mostBytes = 12_000;
const mostLevels = 50;
const mostTerms = 200;
const mostValues = 500;

type NamedField = { readonly name: string; readonly field: Field };

/**
 * Reads `filters` of the SailPoint standard collection parameters: lower-case operators, precedence not > and > or.
 * Our choice: empty text is no filter, `pr` stands before or after its field, and whatever the table lacks is refused.
 */
export function parseCollectionFilter(text: string, fields: FieldTable): Condition {
  refuseUnreadable(text);
  const tokens = tokenize(text);
  return tokens.length === 1 ? everything : new FilterParser(tokens, fields).parse();
}

/** NUL and lone surrogates cannot be stored, so no record can match them, and the database would refuse them late. */
function refuseUnreadable(text: string): void {
  if (Buffer.byteLength(text) > mostBytes) {
    throw QueryError.at(0, 'filter too long', `at most ${mostBytes} bytes`);
  }
  const nul = text.indexOf('\u0000');
  const unstorable = nul >= 0 ? nul : text.search(/\p{Surrogate}/u);
  if (unstorable >= 0) throw QueryError.at(unstorable, 'unstorable character', 'any other Unicode character');
}

class FilterParser {
  private next = 0;
  private levels = 0;
  private terms = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly fields: FieldTable,
  ) {}

  parse(): Condition {
    const condition = this.disjunction();
    if (this.current.kind !== 'end') throw this.unexpected('and, or, or the end of the filter');
    return condition;
  }

  private disjunction(): Condition {
    const parts = [this.conjunction()];
    while (this.takeWord('or')) parts.push(this.conjunction());
    return or(...parts);
  }

  private conjunction(): Condition {
    const parts = [this.negation()];
    while (this.takeWord('and')) parts.push(this.negation());
    return and(...parts);
  }

  private negation(): Condition {
    if (this.takeWord('not')) return this.deeper(() => not(this.negation()));
    if (this.takeKind('open')) return this.deeper(() => this.group());
    return this.term();
  }

  private deeper(read: () => Condition): Condition {
    this.levels += 1;
    if (this.levels > mostLevels) {
      throw QueryError.at(this.current.at, 'filter nested too deep', `at most ${mostLevels} levels of ( and not`);
    }
    const condition = read();
    this.levels -= 1;
    return condition;
  }

  private group(): Condition {
    const condition = this.disjunction();
    if (!this.takeKind('close')) throw this.unexpected('and, or, or )');
    return condition;
  }

  private term(): Condition {
    const { at } = this.current;
    this.terms += 1;
    if (this.terms > mostTerms) throw QueryError.at(at, 'too many terms', `at most ${mostTerms}`);

    if (!this.takeWord('pr')) return this.termOf(this.field());

    const named = this.field();
    supported(named, 'pr', at);
    return not({ kind: 'isNull', path: named.field.path });
  }

  private field(): NamedField {
    const { kind, value: name, at } = this.current;
    if (kind !== 'word') throw this.unexpected(`a filterable field, which are ${this.fieldNames}`);

    const field = entryOf(this.fields, name);
    if (!field) throw QueryError.at(at, `unknown field ${quoted(name)}`, `filterable fields are ${this.fieldNames}`);
    this.next += 1;
    return { name, field };
  }

  private termOf(named: NamedField): Condition {
    const { path } = named.field;
    const op = this.operator(named);
    switch (op) {
      case 'isnull':
        return { kind: 'isNull', path };
      case 'pr':
        return not({ kind: 'isNull', path });
      case 'in':
        return oneOf(path, this.list(named));
      case 'ca':
        return and(...this.list(named).map((value) => equal(path, value)));
      case 'sw':
        return { kind: 'startsWith', path, value: this.fragment(named) };
      case 'co':
        return { kind: 'contains', path, value: this.fragment(named) };
      default:
        return { kind: 'compare', path, op, value: this.literal(named) };
    }
  }

  private operator(named: NamedField): Operator {
    const { kind, value, at } = this.current;
    if (kind !== 'word') throw this.unexpected(`an operator: ${named.name} supports ${named.field.ops.join(', ')}`);
    this.next += 1;
    return supported(named, value, at);
  }

  private list(named: NamedField): Literal[] {
    if (!this.takeKind('open')) throw this.unexpected('a list of values in parentheses');
    const values = [this.literal(named)];
    while (this.takeKind('comma')) {
      if (values.length === mostValues) {
        throw QueryError.at(this.current.at, 'list too long', `at most ${mostValues} values`);
      }
      values.push(this.literal(named));
    }
    if (!this.takeKind('close')) throw this.unexpected('a comma or )');
    return values;
  }

  private literal({ field }: NamedField): Literal {
    const value = readLiteral(this.current, field);
    if (value === undefined) throw this.unexpected(literalForms[field.type]);
    this.next += 1;
    return value;
  }

  /** A part of a text; kept as sent, since a part of an enum's value has no table spelling. */
  private fragment(named: NamedField): string {
    const { value } = this.current;
    this.literal(named);
    return value;
  }

  private takeWord(word: string): boolean {
    return this.current.value === word && this.takeKind('word');
  }

  private takeKind(kind: Token['kind']): boolean {
    const taken = this.current.kind === kind;
    if (taken) this.next += 1;
    return taken;
  }

  private get current(): Token {
    const token = this.tokens[this.next];
    if (!token) throw new RangeError('read past the end token');
    return token;
  }

  private get fieldNames(): string {
    return Object.keys(this.fields).join(', ');
  }

  private unexpected(expected: string): QueryError {
    const { kind, value, at } = this.current;
    return QueryError.at(at, `unexpected ${kind === 'end' ? 'end' : quoted(value)}`, `expected ${expected}`);
  }
}

function supported({ name, field }: NamedField, operator: string, at: number): Operator {
  const known = field.ops.find((op) => op === operator);
  if (known) return known;
  throw QueryError.at(at, `${name} does not support ${quoted(operator)}`, `it supports ${field.ops.join(', ')}`);
}

function equal(path: string, value: Literal): Condition {
  return { kind: 'compare', path, op: 'eq', value };
}

/** Only texts and numbers travel to the database as one array; the rest is spelled out. */
function oneOf(path: string, values: readonly Literal[]): Condition {
  const listable = values.filter((value) => typeof value === 'string' || typeof value === 'number');
  return listable.length === values.length
    ? { kind: 'in', path, values: listable }
    : or(...values.map((value) => equal(path, value)));
}
