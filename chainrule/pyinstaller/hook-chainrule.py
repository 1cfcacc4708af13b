"""What PyInstaller packs with ``chainrule``."""

from chainrule.pyinstaller import hook as hook
