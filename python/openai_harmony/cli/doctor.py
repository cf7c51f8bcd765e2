"""The command ``doctor``: which package is installed, and whether it works. Needs no extra."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import platform
import re
from base64 import b64encode, urlsafe_b64encode
from importlib import metadata
from pathlib import Path
from typing import Iterator, List, NamedTuple, Sequence

import openai_harmony

MODULE = "openai_harmony/__init__.py"
NAMES = ("openai-harmony", "oss-harmony")
"""The distributions that are known to install the module."""

O200K_BASE = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
"""The SHA-256 that tiktoken publishes for the file of its vocabulary ``o200k_base``."""

INSTALL = "pip uninstall -y oss-harmony openai-harmony, then install this package again"


class Finding(NamedTuple):
    """One line of the report."""

    subject: str
    text: str
    good: bool = True


def run(arguments: Sequence[str]) -> int:
    """Print the report; the status is 1 if something is wrong."""
    parser = argparse.ArgumentParser(
        prog="openai-harmony doctor", description="Tell which package is installed, and test that it works."
    )
    parser.add_argument("--pid", type=int, help="tell which package a running process has loaded (Linux)")
    pid = parser.parse_args(list(arguments)).pid
    healthy = True
    for finding in _process(pid) if pid is not None else _installation():
        print(f"{finding.subject:<13}{'' if finding.good else 'PROBLEM: '}{finding.text}")
        healthy = healthy and finding.good
    return 0 if healthy else 1


def _installation() -> Iterator[Finding]:
    yield _package()
    yield from _distributions()
    yield Finding("python", f"{platform.python_version()}, {platform.platform()}, pydantic {_version('pydantic')}")
    yield from _requirements()
    yield from _extras()
    if hasattr(openai_harmony, "__version__"):
        vocabulary = _vocabulary()
        yield vocabulary
        if vocabulary.good:
            yield _self_test()


def _package() -> Finding:
    place = Path(str(openai_harmony.__file__)).parent
    version = getattr(openai_harmony, "__version__", None)
    if version is None:
        return Finding("package", f"{place} is release 0.0.x or oss-harmony, not this package: {INSTALL}", False)
    return Finding("package", f"openai_harmony {version} in {place}")


def _distributions() -> Iterator[Finding]:
    """The distributions that say they installed the module, and whether its files are still theirs."""
    owners = [owner for owner in metadata.distributions() if _installs_module(owner)]
    for owner in owners:
        name = f"{owner.metadata['Name']} {owner.version}"
        installed = Path(str(owner.locate_file(MODULE)))
        if installed.resolve() != Path(str(openai_harmony.__file__)).resolve():
            yield Finding("distribution", f"{name} in {installed.parent}, which is not the one that is imported")
        elif _is_unchanged(owner):
            yield Finding("distribution", name)
        else:
            yield Finding("distribution", f"{name}, whose module another one has overwritten: {INSTALL}", False)
    if len(owners) > 1:
        yield Finding("distribution", f"{len(owners)} distributions install the same module: {INSTALL}", False)
    if not owners:
        yield Finding("distribution", "none: the module was found on the search path, not installed")


def _installs_module(owner: metadata.Distribution) -> bool:
    if owner.metadata["Name"] in NAMES:
        return True
    return any(str(file) == MODULE for file in owner.files or ())


def _is_unchanged(owner: metadata.Distribution) -> bool:
    for file in owner.files or ():
        if str(file) == MODULE and file.hash is not None:
            path = Path(str(file.locate()))
            digest = hashlib.new(file.hash.mode, path.read_bytes() if path.exists() else b"").digest()
            return urlsafe_b64encode(digest).rstrip(b"=").decode() == file.hash.value
    return True


def _requirements() -> Iterator[Finding]:
    """What else is installed that requires the module, such as vLLM or SGLang."""
    for owner in metadata.distributions():
        for requirement in owner.requires or ():
            name = re.match(r"[\w.-]+", requirement)
            if name and re.sub(r"[_.]+", "-", name[0]).lower() in NAMES and owner.metadata["Name"] not in NAMES:
                yield Finding("required by", f"{owner.metadata['Name']} {owner.version}: {requirement}")


def _extras() -> Iterator[Finding]:
    from . import EXTRAS

    for extra, libraries in EXTRAS.items():
        missing = [library for library in libraries if importlib.util.find_spec(library) is None]
        text = f"not installed ({', '.join(missing)})" if missing else "installed"
        yield Finding("extra", f"{extra}: {text}")


def _vocabulary() -> Finding:
    import os

    folder = os.environ.get("TIKTOKEN_ENCODINGS_BASE")
    source = f"TIKTOKEN_ENCODINGS_BASE={folder}" if folder else "part of the package"
    try:
        tokens: List[bytes] = openai_harmony.load_harmony_encoding("HarmonyGptOss").token_bytes()
    except openai_harmony.HarmonyError as error:
        return Finding("vocabulary", f"{source}: {error}", False)
    file = hashlib.sha256()
    for rank, token in enumerate(tokens[:_ORDINARY]):
        file.update(b64encode(token) + b" %d\n" % rank)
    if file.hexdigest() != O200K_BASE:
        return Finding("vocabulary", f"{source}: its tokens are not those of o200k_base", False)
    return Finding("vocabulary", f"o200k_harmony, {source}; its tokens are those of tiktoken's o200k_base")


_ORDINARY = 199_998


def _self_test() -> Finding:
    """Encode, render and parse what release 0.0.8 gave these ids for."""
    from openai_harmony import Conversation, Message, Role, load_harmony_encoding

    encoding = load_harmony_encoding("HarmonyGptOss")
    question = Message.from_role_and_content(Role.USER, "Hi")
    prompt = encoding.render_conversation_for_completion(Conversation.from_messages([question]), Role.ASSISTANT)
    answer = encoding.parse_messages_from_completion_tokens([200005, 17196, 200008, 19, 200002], Role.ASSISTANT)
    expected = [
        encoding.encode("hello world") == [24912, 2375],
        prompt == [200006, 1428, 200008, 12194, 200007, 200006, 173781],
        [(message.channel, message.text) for message in answer] == [("final", "4")],
    ]
    if not all(expected):
        return Finding("self-test", "wrong tokens or messages", False)
    return Finding("self-test", "encodes, renders and parses as expected")


def _process(pid: int) -> Iterator[Finding]:
    """Which extension a process has loaded, by its memory map."""
    try:
        maps = Path(f"/proc/{pid}/maps").read_text("utf-8", "replace")
    except OSError as error:
        yield Finding("process", f"{pid} cannot be read: {error.strerror}", False)
        return
    loaded = sorted(set(re.findall(r"/\S*/openai_harmony/\S*", maps)))
    if not loaded:
        yield Finding("process", f"{pid} has not loaded openai_harmony", False)
    for extension in loaded:
        if Path(extension).name.startswith("_core."):
            yield Finding("process", f"{pid} uses this package: {extension}")
        else:
            yield Finding("process", f"{pid} uses release 0.0.x or oss-harmony: {extension}", False)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "of unknown version"
