// Which SBI this is and what it offers. SBI specification, "Base Extension" (EID 0x10). No function of it can fail.
import type { SbiExtension } from './extension.js';
import { success } from './result.js';

export const base: SbiExtension = {
  id: 0x10,
  name: 'BASE',
  functions: [
    (call) => success(call.identity.specification),
    (call) => success(call.identity.implementation),
    (call) => success(call.identity.version),
    (call) => success(call.identity.probe(call.arg(0), call.hart)),
    (call) => success(call.hart.readCsr('mvendorid')),
    (call) => success(call.hart.readCsr('marchid')),
    (call) => success(call.hart.readCsr('mimpid')),
  ],
};
