import type { Key } from "./ja";

export default { title: "[安否|あんぴ]の [確認|かくにん]" } satisfies Record<Key, string>;
