import { useEffect, useState } from "preact/hooks";

/** An SVG that came as text, shown as an image: what it holds is drawn, never run. */
export function SvgImage({ svg, alt, class: name }: { svg: string; alt: string; class?: string }) {
  const [url, setUrl] = useState("");
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [svg]);
  return url ? <img class={name} src={url} alt={alt} /> : null;
}
