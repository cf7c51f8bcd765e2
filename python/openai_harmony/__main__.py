"""``python -m openai_harmony``"""

from .cli import main

if __name__ == "__main__":
    main()
