import frame from "./en/frame";
import imports from "./en/imports";
import law from "./en/law-and-lists";
import members from "./en/members";
import residents from "./en/residents";
import rounds from "./en/rounds";
import type { Key } from "./ja";

export default {
  ...frame,
  ...rounds,
  ...members,
  ...residents,
  ...law,
  ...imports,
} satisfies Record<Key, string>;
