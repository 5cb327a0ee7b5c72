import frame from "./en/frame";
import law from "./en/law-and-lists";
import members from "./en/members";
import residents from "./en/residents";
import rounds from "./en/rounds";
import type { Key } from "./ja";

export default { ...frame, ...rounds, ...members, ...residents, ...law } satisfies Record<
  Key,
  string
>;
