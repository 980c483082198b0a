import { expect, test } from 'vitest';
import { bundleProblems, externalImports } from './bundle-contents.ts';

test('packages loaded in any way are found, and what Node or the bundle has itself is not', () => {
  const text = `
import { app } from "electron";
import fs from "node:fs";
import './beside.js';
export * from "@scope/name/deep/file";
const lazy = await import("keytar");
var util = __require("util"), pty = require('@lydell/node-pty');
try { require("bufferutil") } catch {}
 * import x from "comment"
`;
  expect(externalImports(text)).toEqual(['@lydell/node-pty', '@scope/name', 'electron', 'keytar']);
});

test('a secret or a folder of the build machine is a problem', () => {
  const found = (text: string) => bundleProblems({ name: 'main.js', text }, ['/home/builder', '/root']);
  expect(found("const a = '/home/builder/checkout/x.ts'")).toHaveLength(1);
  expect(found(`-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}`)).toHaveLength(1);
  expect(found(`const t = "ghp_${'a'.repeat(36)}"`)).toHaveLength(1);
  expect(found("const marker = '-----BEGIN PRIVATE KEY-----'; const path = '/rooted'")).toEqual([]);
});
