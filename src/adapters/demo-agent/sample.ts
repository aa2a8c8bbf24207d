/** The sample project: a little shop whose tests mostly fail, and what the demo agent knows about it. */
export const SAMPLE_NAME = 'cfn-sample-shop';

const CART = `// A cart is a list of { name, price, quantity }. Prices are in cents.

export function addItem(cart, item) {
  cart.push(item);
  return cart;
}

export function removeItem(cart, name) {
  return cart.filter((item) => item.name !== name);
}

export function total(cart) {
  return cart.reduce((sum, item) => sum + item.price, 0);
}
`;

const PRICE = `// Prices are in cents.

export function withDiscount(cents, percent) {
  return cents - cents * (percent / 100);
}

export function formatPrice(cents) {
  return \`\${cents / 100} €\`;
}
`;

const CART_TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addItem, removeItem, total } from '../src/cart.js';

const tea = { name: 'tea', price: 450, quantity: 1 };
const mug = { name: 'mug', price: 1200, quantity: 2 };

test('an empty cart costs nothing', () => {
  assert.equal(total([]), 0);
});

test('an item is removed by its name', () => {
  assert.deepEqual(removeItem([tea, mug], 'tea'), [mug]);
});

test('adding leaves the old cart as it was', () => {
  const before = [tea];
  addItem(before, mug);
  assert.deepEqual(before, [tea]);
});

test('adding the same item again raises its quantity', () => {
  const cart = addItem([tea], { ...tea, quantity: 2 });
  assert.deepEqual(cart, [{ ...tea, quantity: 3 }]);
});

test('the total counts every piece', () => {
  assert.equal(total([tea, mug]), 2850);
});
`;

const PRICE_TEST = `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPrice, withDiscount } from '../src/price.js';

test('a price has two decimals', () => {
  assert.equal(formatPrice(450), '4.50 €');
});

test('a discount is rounded to whole cents', () => {
  assert.equal(withDiscount(999, 15), 849);
});

test('a discount stays between 0 and 100 percent', () => {
  assert.equal(withDiscount(1000, 120), 0);
  assert.equal(withDiscount(1000, -5), 1000);
});
`;

const README = `# Sample shop

A very small project to try CFN Loop on: two files, eight tests, six of them fail.

    npm test

\`fix-the-shop.cfn.md\` is the task for the loop. With the demo agent (scripted, no model, no network):

    cfn run fix-the-shop.cfn.md

The demo agent repairs one half first, so that you see the gate fail on evidence, feedback go back,
and a second iteration finish the work. Take any real agent instead with \`--implementer claude\`,
\`codex\` or \`pi\`. Nothing reaches this branch until you merge it yourself.
`;

const EPIC = `---
mode: mvp
agents: [demo]
validators: [demo, demo]
productOwner: demo
deliverables: [src/cart.js, src/price.js]
---

# Fix the shop

Customers see wrong sums and odd prices. Make the shop calculate correctly.

## Requirements

- Adding to a cart gives a new cart and raises the quantity of an item that is already in it
- The total counts every piece
- Discounts are rounded to whole cents and stay between 0 and 100 percent
- A price is shown with two decimals

## Acceptance

- npm test passes
- The tests stay as they are
`;

export const SAMPLE_FILES: Readonly<Record<string, string>> = {
  'package.json': `${JSON.stringify(
    {
      name: SAMPLE_NAME,
      version: '1.0.0',
      private: true,
      type: 'module',
      scripts: { test: 'node --test' },
    },
    null,
    2,
  )}\n`,
  'README.md': README,
  'fix-the-shop.cfn.md': EPIC,
  'src/cart.js': CART,
  'src/price.js': PRICE,
  'test/cart.test.js': CART_TEST,
  'test/price.test.js': PRICE_TEST,
};

/** One thing that the demo agent can put right: where `find` stands in `file`, `replace` belongs. */
export interface Repair {
  readonly test: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly says: string;
  /** Done without being told; the others need feedback. */
  readonly first: boolean;
}

/** In an order in which each one's `find` is there once those before it were made. */
export const REPAIRS: readonly Repair[] = [
  {
    test: 'adding leaves the old cart as it was',
    file: 'src/cart.js',
    find: 'cart.push(item);\n  return cart;',
    replace: 'return [...cart, item];',
    says: 'addItem gives a new cart and leaves the old one alone',
    first: true,
  },
  {
    test: 'the total counts every piece',
    file: 'src/cart.js',
    find: 'sum + item.price, 0',
    replace: 'sum + item.price * item.quantity, 0',
    says: 'total multiplies the price by the quantity',
    first: true,
  },
  {
    test: 'a price has two decimals',
    file: 'src/price.js',
    find: '${cents / 100} €',
    replace: '${(cents / 100).toFixed(2)} €',
    says: 'formatPrice shows two decimals',
    first: true,
  },
  {
    test: 'adding the same item again raises its quantity',
    file: 'src/cart.js',
    find: '  return [...cart, item];',
    replace: [
      '  if (!cart.some((other) => other.name === item.name)) return [...cart, item];',
      '  return cart.map((other) =>',
      '    other.name === item.name ? { ...other, quantity: other.quantity + item.quantity } : other,',
      '  );',
    ].join('\n'),
    says: 'addItem raises the quantity of an item that is already there',
    first: false,
  },
  {
    test: 'a discount is rounded to whole cents',
    file: 'src/price.js',
    find: 'return cents - cents * (percent / 100);',
    replace: 'return Math.round(cents * (1 - percent / 100));',
    says: 'withDiscount rounds to whole cents',
    first: false,
  },
  {
    test: 'a discount stays between 0 and 100 percent',
    file: 'src/price.js',
    find: '  return Math.round(cents * (1 - percent / 100));',
    replace: [
      '  const share = Math.min(100, Math.max(0, percent)) / 100;',
      '  return Math.round(cents * (1 - share));',
    ].join('\n'),
    says: 'withDiscount keeps the percentage between 0 and 100',
    first: false,
  },
];
