"""A tokenizer that training scripts for ``transformers`` take without change, and that does not need ``transformers``.

>>> from openai_harmony import load_harmony_encoding
>>> from openai_harmony.huggingface import HarmonyTokenizer
>>> tokenizer = HarmonyTokenizer(load_harmony_encoding("HarmonyGptOss"))
>>> tokenizer(["hello world", "hello"], padding=True)
{'input_ids': [[24912, 2375], [24912, 199999]], 'attention_mask': [[1, 1], [1, 0]]}

Methods, arguments and results are those of the fast tokenizers of ``transformers`` 5, with which the tests compare
them. Chats differ in one point: the tokens of ``apply_chat_template`` come from the renderer, so the text ``<|end|>``
in a message is never a control token.
"""

from .batch import BatchEncoding
from .tokenizer import HarmonyTokenizer

__all__ = ["BatchEncoding", "HarmonyTokenizer"]
