"""What PyInstaller packs with ``nn``."""

from chainrule.pyinstaller import hook as hook
