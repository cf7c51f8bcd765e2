/** The six examples, one for each thing that the page explains. */

export interface Example {
  name: string
  /** What it shows. */
  about: string
  input: string
}

const json = (value: unknown): string => JSON.stringify(value, null, 2)

const WEATHER_TOOL = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city, today and in the coming days.',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', description: 'Its name, in English, e.g. Lisbon' },
        unit: { type: 'string', enum: ['celsius', 'fahrenheit'], default: 'celsius' },
        days: { type: 'integer', description: 'How many days ahead; 0 is today' },
        place: {
          type: 'object',
          properties: { latitude: { type: 'number' }, longitude: { type: 'number' } },
          required: ['latitude', 'longitude'],
        },
      },
      required: ['city'],
    },
  },
}

export const EXAMPLES: Example[] = [
  {
    name: 'An answer',
    about: 'The model thinks on one channel and answers on another',
    input:
      '<|channel|>analysis<|message|>They ask how to greet someone in Japanese. Give the phrase, its reading, and when it fits.<|end|>' +
      '<|start|>assistant<|channel|>final<|message|>In the daytime, say **こんにちは** (konnichiwa) 👋🏽. Before noon, おはようございます is warmer.<|return|>',
  },
  {
    name: 'A tool call',
    about: 'An OpenAI request with a tool, as the model sees it',
    input: json({
      model: 'gpt-oss-20b',
      messages: [
        { role: 'system', content: 'Answer in one sentence.' },
        { role: 'user', content: 'Do I need an umbrella in Lisbon?' },
      ],
      tools: [WEATHER_TOOL],
    }),
  },
  {
    name: 'A preamble',
    about: 'The model announces what it will do, then calls two tools',
    input:
      '<|channel|>analysis<|message|>Compare two cities. I need the weather of both.<|end|>' +
      '<|start|>assistant<|channel|>commentary<|message|>I will look up Lisbon and Porto and then compare them.<|end|>' +
      '<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city":"Lisbon","unit":"celsius"}<|call|>' +
      '<|start|>assistant<|channel|>commentary to=functions.get_weather <|constrain|>json<|message|>{"city":"Porto","unit":"celsius"}<|call|>',
  },
  {
    name: 'The browser',
    about: 'A conversation with a built-in tool, in harmony messages',
    input: json([
      {
        role: 'system',
        content: [
          {
            type: 'system_content',
            model_identity: 'You are ChatGPT, a large language model trained by OpenAI.',
            reasoning_effort: 'Low',
            knowledge_cutoff: '2024-06',
            conversation_start_date: '2025-06-28',
            channel_config: { valid_channels: ['analysis', 'commentary', 'final'], channel_required: true },
            tools: {
              browser: {
                name: 'browser',
                description: 'Tool for browsing.\nThe `cursor` appears in brackets before each page.',
                tools: [
                  {
                    name: 'search',
                    description: 'Searches for information.',
                    parameters: {
                      type: 'object',
                      properties: { query: { type: 'string' }, topn: { type: 'number', default: 10 } },
                      required: ['query'],
                    },
                  },
                ],
              },
            },
          },
        ],
      },
      { role: 'user', content: 'Who won the last chess world championship?' },
      { role: 'assistant', channel: 'analysis', content: 'This may have changed. Search.' },
      {
        role: 'assistant',
        channel: 'analysis',
        recipient: 'browser.search',
        content_type: '<|constrain|>json',
        content: '{"query":"world chess championship winner","topn":3}',
      },
      {
        role: 'tool',
        name: 'browser.search',
        channel: 'analysis',
        recipient: 'assistant',
        content: '[0] World Chess Championship 2024: Gukesh Dommaraju won 7½–6½ against Ding Liren.',
      },
    ]),
  },
  {
    name: 'Three slips',
    about: 'What models write when they leave the format, and how it is read',
    input:
      '<|channel|>analysis<|channel|>analysis<|message|>They want a joke; a tool has some.<|end|>' +
      '<|start|>assistant<|channel|>commentary <|constrain|>functions.joke<|message|>{"topic":"cats"}<|call|>' +
      '<|start|>assistant<|channel|>final Why was the cat on the keyboard? To keep an eye on the mouse.<|return|>',
  },
  {
    name: 'An agent’s turn',
    about: 'Forty messages: thoughts, calls and results up to the answer',
    input: agentTurn(),
  },
]

/** A long turn: a thought, a call and its result for each file, then the answer. */
function agentTurn(): string {
  const files = [
    'parse',
    'render',
    'encode',
    'decode',
    'header',
    'content',
    'stream',
    'repair',
    'tools',
    'schema',
    'events',
    'spans',
    'cache',
  ]
  const steps = files.map((file, index) => {
    const lines = 40 + ((index * 37) % 90)
    const start = index === 0 ? '' : '<|start|>assistant'
    return (
      `${start}<|channel|>analysis<|message|>Next is ${file}.rs. I should read it before I change anything.<|end|>` +
      `<|start|>assistant<|channel|>commentary to=functions.read_file <|constrain|>json<|message|>{"path":"src/${file}.rs","from":1,"to":${lines}}<|call|>` +
      `<|start|>functions.read_file to=assistant<|channel|>commentary<|message|>${JSON.stringify({ path: `src/${file}.rs`, lines, text: `//! The ${file} module.\n\nuse super::Result;\n\npub fn ${file}() -> Result<()> {\n    todo!()\n}` })}<|end|>`
    )
  })
  return `${steps.join('')}<|start|>assistant<|channel|>final<|message|>I read ${files.length} files. Each has one function that is not written yet:\n\n${files.map(file => `- \`${file}()\` in \`src/${file}.rs\``).join('\n')}<|return|>`
}
