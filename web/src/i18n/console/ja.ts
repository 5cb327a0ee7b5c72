const ja = {
  title: "災害対策本部",
};

export type Key = keyof typeof ja;
export default ja as Record<Key, string>;
