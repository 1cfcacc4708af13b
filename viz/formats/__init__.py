"""Pictures written down: DOT, SVG, Mermaid, text, and what a renderer makes of them."""
