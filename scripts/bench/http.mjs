export async function post(base, path, body, headers = {}) {
  const json = { ...headers, 'content-type': 'application/json' };
  return answerOf(await fetch(base + path, { method: 'POST', headers: json, body: JSON.stringify(body) }), path);
}

export async function answerOf(answer, path) {
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
