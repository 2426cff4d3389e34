import { createApp, h, ref } from "vue";

createApp({
  setup() {
    const asked = ref("nothing yet"), collection = ref("shop");
    return () => [
      h("faq-search", {
        collection: collection.value, top: 2, labels: JSON.stringify({ person: "Ring us" }), offline: false,
        onFaqSearch: (event) => { asked.value = event.detail.query; },
      }),
      h("p", { id: "asked" }, asked.value),
      h("button", { onClick: () => { collection.value = "strict"; } }, "Another collection"),
    ];
  },
}).mount("#app");
