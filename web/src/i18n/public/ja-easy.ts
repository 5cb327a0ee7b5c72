import type { Key } from "./ja";

export default { title: "[近|ちか]くの にげる [場所|ばしょ]" } satisfies Record<Key, string>;
