"""Does an installed wheel work? Needs nothing but the package; the facts are those of release 0.0.8 and of tiktoken."""

import platform
import sys

from openai_harmony import Conversation, Message, Role, StreamableParser, __version__, load_harmony_encoding
from openai_harmony.cli import main

encoding = load_harmony_encoding("HarmonyGptOss")
assert encoding.encode("hello world") == [24912, 2375]
text = "The 🌁 of Łódź, 東京 and नमस्ते: 12345 + don't\n\n\t x " * 50
assert encoding.decode(encoding.encode(text)) == text
assert encoding.encode_batch([text] * 20, num_threads=2) == [encoding.encode(text)] * 20

conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "Hi")])
prompt = encoding.render_conversation_for_completion(conversation, Role.ASSISTANT)
assert prompt == [200006, 1428, 200008, 12194, 200007, 200006, 173781]

parser = StreamableParser(encoding, Role.ASSISTANT, strict=False)
parser.process_many([200005, 17196, 200008, 19, 200002])
assert parser.messages[0].text == "4" and parser.result.finish_reason == "stop"

print(f"openai_harmony {__version__} on {platform.machine()}, Python {platform.python_version()}")
sys.argv[1:] = ["doctor"]
main()
