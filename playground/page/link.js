// A link that carries the code: compressed, in the fragment, which no server gets to see.

async function through(transformation, bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(transformation);
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function fragmentOf(code) {
  const bytes = await through(
    new CompressionStream("deflate-raw"), new TextEncoder().encode(code),
  );
  const text = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return `#code=${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

// Return the code of a fragment; null if it has none, or was cut.
export async function codeOf(fragment) {
  const text = fragment.match(/^#code=([\w-]+)$/)?.[1];
  if (text === undefined) return null;
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(
      await through(new DecompressionStream("deflate-raw"), bytes),
    );
  } catch {
    return null;
  }
}
