const ja = {
  title: "安否の確認",
};

export type Key = keyof typeof ja;
export default ja as Record<Key, string>;
