"""What PyInstaller packs with ``viz``."""

from chainrule.pyinstaller import hook as hook
