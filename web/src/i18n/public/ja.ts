const ja = {
  title: "近くのにげる場所",
};

export type Key = keyof typeof ja;
export default ja as Record<Key, string>;
