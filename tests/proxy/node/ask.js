// Asks twice through a real client library, the second time with the library's own first answer in the history.
// In, as JSON: {library, format, url, key, body, stream}. Out, as JSON: what the library made of both answers.

import { json } from 'node:stream/consumers';

const formats = {
  chat: {
    create: (client, body) => client.chat.completions.create(body),
    stream: (client, body) => client.chat.completions.stream({ ...body, stream_options: { include_usage: true } }),
    final: (stream) => stream.finalChatCompletion(),
    event: (chunk) => chunk.object,
    next: (body, { choices }, turn) => ({ ...body, messages: [...body.messages, choices[0].message, turn] }),
    seen({ choices: [{ message, finish_reason }], usage }) {
      return {
        text: message.content,
        calls: (message.tool_calls ?? []).map((call) => call.function.name),
        stop: finish_reason,
        usage: [usage.prompt_tokens, usage.prompt_tokens_details?.cached_tokens ?? 0, usage.completion_tokens],
      };
    },
  },
  responses: {
    create: (client, body) => client.responses.create(body),
    stream: (client, body) => client.responses.stream(body),
    final: (stream) => stream.finalResponse(),
    event: (event) => event.type,
    next: (body, { output }, turn) => ({ ...body, input: [...body.input, ...output, turn] }),
    seen({ output_text, output, status, usage }) {
      return {
        text: output_text,
        calls: output.filter((item) => item.type === 'function_call').map((item) => item.name),
        stop: status,
        usage: [usage.input_tokens, usage.input_tokens_details.cached_tokens, usage.output_tokens],
      };
    },
  },
  messages: {
    create: (client, body) => client.messages.create(body),
    stream: (client, body) => client.messages.stream(body),
    final: (stream) => stream.finalMessage(),
    event: (event) => event.type,
    next: (body, { role, content }, turn) => ({ ...body, messages: [...body.messages, { role, content }, turn] }),
    seen({ content, stop_reason, usage }) {
      const read = usage.cache_read_input_tokens ?? 0;
      return {
        text: content.filter((block) => block.type === 'text').map((block) => block.text).join(''),
        calls: content.filter((block) => block.type === 'tool_use').map((block) => block.name),
        stop: stop_reason,
        usage: [usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + read, read, usage.output_tokens],
      };
    },
  },
};

async function ask(client, format, body, stream) {
  if (!stream) return { answer: await format.create(client, body), events: [] };
  const live = format.stream(client, body);
  const events = [];
  for await (const event of live) events.push(format.event(event));
  return { answer: await format.final(live), events };
}

const { library, format: name, url, key, body, stream } = await json(process.stdin);
const { default: Library } = await import(library);
const format = formats[name];
let raw;
const client = new Library({
  apiKey: key,
  baseURL: url,
  maxRetries: 0,
  async fetch(...request) {
    const response = await fetch(...request);
    raw = response.clone().text();
    return response;
  },
});

const told = [];
let request = body;
for (let turn = 0; turn < 2; turn += 1) {
  const { answer, events } = await ask(client, format, request, stream);
  told.push({ ...format.seen(answer), events, raw: await raw });
  request = format.next(request, answer, { role: 'user', content: 'Go on.' });
}
console.log(JSON.stringify(told));
