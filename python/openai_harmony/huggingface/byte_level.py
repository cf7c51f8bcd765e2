"""The names of tokens in ``tokenizer.json``: each byte as one printable character, as GPT-2 has them."""

from __future__ import annotations

from functools import cache
from typing import Dict, List

__all__: List[str] = []


@cache
def character_of_byte() -> List[str]:
    """For each byte its character: itself if it is printable, otherwise the next one from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = iter(range(0x100, 0x200))
    return [chr(byte if byte in printable else next(others)) for byte in range(256)]


@cache
def byte_of_character() -> Dict[str, int]:
    """The byte of each character."""
    return {character: byte for byte, character in enumerate(character_of_byte())}


def name_of(data: bytes) -> str:
    """The name of an ordinary token.

    >>> name_of(b" world")
    'Ġworld'
    """
    characters = character_of_byte()
    return "".join([characters[byte] for byte in data])


def bytes_of(name: str) -> bytes:
    """The bytes of the token of this name. Raises ``KeyError`` for a character that no byte maps to.

    >>> bytes_of("Ġworld")
    b' world'
    """
    table = byte_of_character()
    return bytes([table[character] for character in name])
