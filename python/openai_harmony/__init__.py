"""The harmony response format of gpt-oss models: conversations to tokens and tokens to messages.

>>> from openai_harmony import Conversation, Message, Role, load_harmony_encoding
>>> encoding = load_harmony_encoding("HarmonyGptOss")
>>> conversation = Conversation.from_messages([Message.from_role_and_content(Role.USER, "What is 2 + 2?")])
>>> encoding.decode(encoding.render_conversation_for_completion(conversation, Role.ASSISTANT))
'<|start|>user<|message|>What is 2 + 2?<|end|><|start|>assistant'
"""

from importlib import import_module
from typing import TYPE_CHECKING, List

from . import chat, encoding, errors, parser, rendering
from ._core import __version__
from .chat import *
from .encoding import *
from .errors import *
from .parser import *
from .rendering import *

__all__: List[str] = ["__version__"]
__all__ += chat.__all__
__all__ += encoding.__all__
__all__ += errors.__all__
__all__ += parser.__all__
__all__ += rendering.__all__

if TYPE_CHECKING:
    from . import chat_completions, difference, events, offsets, results, streaming, training, transcript, view
    from .chat_completions import *
    from .difference import *
    from .events import *
    from .offsets import *
    from .results import *
    from .streaming import *
    from .training import *
    from .transcript import *
    from .view import *

    __all__ += chat_completions.__all__
    __all__ += difference.__all__
    __all__ += events.__all__
    __all__ += offsets.__all__
    __all__ += results.__all__
    __all__ += streaming.__all__
    __all__ += training.__all__
    __all__ += transcript.__all__
    __all__ += view.__all__
else:  # type checkers would take it that the package has every name
    # What is imported when it is first asked for, by module: it would be a quarter of the time of the import.
    _LATER = {
        "chat_completions": ["from_chat_completions", "to_chat_completions"],
        "difference": ["TokenDifference"],
        "events": [
            "ContentDelta",
            "Ending",
            "FinishReason",
            "MessageEnded",
            "MessageStarted",
            "Recipient",
            "RecipientKind",
            "Repair",
            "RepairKind",
            "StreamEvent",
            "plain_content_type",
        ],
        "offsets": ["TokenOffset"],
        "results": ["ChannelUsage", "ParseResult", "ParsedMessage"],
        "streaming": ["EventStream"],
        "training": ["TrainingExample", "training_example"],
        "transcript": ["Transcript"],
        "view": ["TokenPiece", "TokenView"],
    }
    __all__ += [name for names in _LATER.values() for name in names]

    def __getattr__(name: str) -> object:
        for module, names in _LATER.items():
            if name in names:
                value = getattr(import_module(f"{__name__}.{module}"), name)
                globals()[name] = value
                return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> List[str]:
    return sorted({*globals(), *__all__})
