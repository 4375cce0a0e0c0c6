// A fingerprint in groups of four, to be read aloud. Copied, it is one word again.

import { useEffect, useRef } from "preact/hooks";
import { fingerprintGroups } from "../keys/fingerprint.ts";

export function Fingerprint({ fingerprint }: { readonly fingerprint: string }) {
  const shown = useRef<HTMLParagraphElement>(null);

  useEffect(() => {
    const bare = fingerprint.replace(/^SHA256:/, "");
    const copy = (event: ClipboardEvent): void => {
      const selection = document.getSelection();
      // The range's text, for Firefox gives none for a selection inside a modal dialog.
      const text = selection?.rangeCount ? selection.getRangeAt(0).toString() : "";
      const selected = text.replace(/\s+/g, "");
      // What was selected together with other text is copied as it stands.
      if (selected === "" || !bare.includes(selected)) return;
      if (!shown.current || !selection?.containsNode(shown.current, true)) return;
      // A whole fingerprint gets its prefix back; a part of one stays a part.
      event.clipboardData?.setData("text/plain", selected === bare ? fingerprint : selected);
      event.preventDefault();
    };
    // At the document: where a selection was drawn from outside, the paragraph never hears of the copy.
    document.addEventListener("copy", copy);
    return () => document.removeEventListener("copy", copy);
  }, [fingerprint]);

  return (
    <p class="fingerprint" ref={shown}>
      {fingerprintGroups(fingerprint).join(" ")}
    </p>
  );
}
