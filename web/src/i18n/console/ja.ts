import frame from "./ja/frame";
import imports from "./ja/imports";
import law from "./ja/law-and-lists";
import members from "./ja/members";
import residents from "./ja/residents";
import rounds from "./ja/rounds";

const ja = { ...frame, ...rounds, ...members, ...residents, ...law, ...imports };

export type Key = keyof typeof ja;
export default ja as Record<Key, string>;
