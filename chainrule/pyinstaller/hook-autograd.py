"""What PyInstaller packs with ``autograd``."""

from chainrule.pyinstaller import hook as hook
