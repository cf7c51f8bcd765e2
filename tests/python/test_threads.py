"""Batches: where the system gives no more threads, those there are do the work, and Ctrl-C ends them."""

from __future__ import annotations

import subprocess
import sys

import pytest

# As a user with no process to spare. The limit does not apply to root, so root becomes somebody else first; everything
# that is needed is imported by then, as that user may not read it.
UNDER_A_LIMIT = """
import os, resource, threading
from openai_harmony import Conversation, Message, Role, load_harmony_encoding

encoding = load_harmony_encoding("HarmonyGptOss")
texts = [f"hello world {n} " * 200 for n in range(200)]
tokens = [encoding.encode(text) for text in texts]
chats = [Conversation.from_messages([Message.from_role_and_content(Role.USER, text)]) for text in texts]
rendered = [list(one.tokens) for one in encoding.render_batch(chats, num_threads=1)]

resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    threading.Thread(target=print).start()
except RuntimeError:
    pass
else:
    raise SystemExit("the limit does not hold")

for threads in (None, 2, 100_000):
    assert encoding.encode_batch(texts, num_threads=threads) == tokens
    assert encoding.decode_batch(tokens, num_threads=threads) == texts
    assert [list(one.tokens) for one in encoding.render_batch(chats, num_threads=threads)] == rendered
print("done")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_batches_need_no_more_threads_than_there_are() -> None:
    child = subprocess.run([sys.executable, "-c", UNDER_A_LIMIT], capture_output=True, text=True, timeout=120)
    assert (child.stdout, child.stderr, child.returncode) == ("done\n", "", 0)


# Without an end: only the interrupt can end it. The signal comes from the system, while the main thread is in the call.
ENDLESS = """
import itertools, os, signal, threading
from openai_harmony import Conversation, Message, Role, load_harmony_encoding

encoding = load_harmony_encoding("HarmonyGptOss")
chat = Conversation.from_messages([Message.from_role_and_content(Role.USER, "hello world")])
threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    encoding.render_batch(itertools.repeat(chat), num_threads=THREADS)
except KeyboardInterrupt:
    print(len(encoding.render_batch([chat] * 100, num_threads=THREADS)))
"""

# The signal is sent when all texts have been read: during the call, or right after it on a fast machine.
LONG = """
import os, signal, threading, time
from openai_harmony import load_harmony_encoding

encoding = load_harmony_encoding("HarmonyGptOss")
read = threading.Event()

def texts():
    yield from ["hello world " * 100_000] * 40
    read.set()

def interrupt():
    read.wait()
    os.kill(os.getpid(), signal.SIGINT)

threading.Thread(target=interrupt).start()
try:
    encoding.encode_batch(texts(), num_threads=THREADS)
    time.sleep(60)
except KeyboardInterrupt:
    print(len(encoding.encode_batch(["hello world"] * 100, num_threads=THREADS)))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="another process cannot send this signal on Windows")
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("program", [ENDLESS, LONG], ids=["render_batch", "encode_batch"])
def test_an_interrupt_ends_a_batch(program: str, threads: int) -> None:
    code = program.replace("THREADS", str(threads))
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (child.stdout, child.stderr, child.returncode) == ("100\n", "", 0)
