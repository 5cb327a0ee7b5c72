import type ja from "../ja/plans";

export default {} satisfies Record<keyof typeof ja, string>;
