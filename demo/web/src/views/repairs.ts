/** What each kind of repair means, in a sentence. */
import type { RepairKind } from '../library.js'

export const REPAIRS: Record<RepairKind, [title: string, meaning: string]> = {
  restarted_header: ['Header started again', 'A second <|start|> began the header again. Its first words were dropped.'],
  repeated_start: ['Start repeated', 'The prompt had already ended in <|start|> and the role. The second ones were dropped.'],
  repeated_role: ['Role repeated', 'The role was written twice or glued to the next word. It counts once.'],
  unknown_role: ['Unknown role', 'A word in the role’s place is not a role. It was read as the name of a tool.'],
  superseded_field: ['Field written twice', 'A channel, recipient or content type came a second time. The later one counts.'],
  empty_field: ['Empty field', 'A marker has no word after it. The marker was dropped.'],
  channel_spelling: [
    'Channel misspelled',
    'The channel’s name had other letters, marks or spaces around it. It was read as the channel it resembles.',
  ],
  unmarked_channel: ['Channel without its marker', 'The channel’s name came without <|channel|>. It was read as the channel.'],
  recipient_spelling: ['Recipient misspelled', 'There was whitespace in to=NAME. It was read without.'],
  unmarked_recipient: [
    'Recipient in the wrong place',
    'A tool’s name came without to=, or after <|constrain|>. It was read as the recipient.',
  ],
  unexpected_words: ['Unexpected words', 'Words in the header are not part of one. They were dropped.'],
  unexpected_special: ['Unexpected special token', 'A special token means nothing in this place. It was dropped.'],
  missing_message: ['<|message|> is missing', 'The header was not closed. What is not a header was read as content, which begins here.'],
  abandoned_header: ['Header without a message', 'The stream stopped inside a header. It makes no message.'],
  missing_start: ['<|start|> is missing', 'A message began without <|start|>. It was read as a message all the same.'],
  blank_between: ['Whitespace between messages', 'Whitespace between two messages belongs to neither. It was dropped.'],
  repeated_stop: ['Stop repeated', 'A stop token came where no message was open. It was dropped.'],
  missing_stop: ['Stop is missing', 'The next message started before this one was ended. It ends here.'],
  refused: ['Refused', 'Strict parsing refused these tokens.'],
}
