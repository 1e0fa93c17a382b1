// The half-precision instructions that round. Implements Unpriv. ISA, '"Zfh" and "Zfhmin" Extensions for Half-Precision
// Floating-Point'. All of it integer arithmetic: there is no native half precision to lean on.
import {
  OP_FADD_H,
  OP_FCVT_D_H,
  OP_FCVT_H_D,
  OP_FCVT_H_L,
  OP_FCVT_H_LU,
  OP_FCVT_H_S,
  OP_FCVT_H_W,
  OP_FCVT_H_WU,
  OP_FCVT_LU_H,
  OP_FCVT_L_H,
  OP_FCVT_S_H,
  OP_FCVT_WU_H,
  OP_FCVT_W_H,
  OP_FDIV_H,
  OP_FMADD_H,
  OP_FMSUB_H,
  OP_FMUL_H,
  OP_FNMADD_H,
  OP_FNMSUB_H,
  OP_FROUNDNX_H,
  OP_FROUND_H,
  OP_FSQRT_H,
  OP_FSUB_H,
} from '../generated/isa';
import { addExact } from './add';
import { convert, fromSigned, fromUnsigned, roundToIntegral, toSigned, toUnsigned } from './convert';
import { divExact } from './divide';
import { fmaExact } from './fma';
import { Half, signBit } from './format';
import { mulExact } from './multiply';
import {
  readDouble,
  readHalf,
  readInteger,
  readSingle,
  writeDouble,
  writeHalf,
  writeInteger,
  writeSingle,
} from './registers';
import { sqrtExact } from './sqrt';

/** Executes `op`, if it is one of these, in the rounding mode `rm`, already looked up. */
export function executeHalf(x: usize, op: u32, rd: u32, rs1: u32, rs2: u32, rs3: u32, rm: u32): bool {
  switch (op) {
    case OP_FADD_H:
      writeHalf(x, rd, <u32>addExact<Half>(x, readHalf(x, rs1), readHalf(x, rs2), rm));
      return true;
    case OP_FSUB_H:
      writeHalf(x, rd, <u32>addExact<Half>(x, readHalf(x, rs1), readHalf(x, rs2) ^ <u32>signBit<Half>(), rm));
      return true;
    case OP_FMUL_H:
      writeHalf(x, rd, <u32>mulExact<Half>(x, readHalf(x, rs1), readHalf(x, rs2), rm));
      return true;
    case OP_FDIV_H:
      writeHalf(x, rd, <u32>divExact<Half>(x, readHalf(x, rs1), readHalf(x, rs2), rm));
      return true;
    case OP_FSQRT_H:
      writeHalf(x, rd, <u32>sqrtExact<Half>(x, readHalf(x, rs1), rm));
      return true;
    case OP_FMADD_H:
      writeHalf(x, rd, <u32>fmaExact<Half>(x, readHalf(x, rs1), readHalf(x, rs2), readHalf(x, rs3), rm));
      return true;
    case OP_FMSUB_H:
      writeHalf(
        x,
        rd,
        <u32>fmaExact<Half>(x, readHalf(x, rs1), readHalf(x, rs2), readHalf(x, rs3) ^ <u32>signBit<Half>(), rm),
      );
      return true;
    case OP_FNMSUB_H:
      writeHalf(
        x,
        rd,
        <u32>fmaExact<Half>(x, readHalf(x, rs1) ^ <u32>signBit<Half>(), readHalf(x, rs2), readHalf(x, rs3), rm),
      );
      return true;
    case OP_FNMADD_H:
      writeHalf(
        x,
        rd,
        <u32>(
          fmaExact<Half>(
            x,
            readHalf(x, rs1) ^ <u32>signBit<Half>(),
            readHalf(x, rs2),
            readHalf(x, rs3) ^ <u32>signBit<Half>(),
            rm,
          )
        ),
      );
      return true;
    case OP_FCVT_W_H:
      writeInteger(x, rd, toSigned<Half>(x, readHalf(x, rs1), rm, 32));
      return true;
    case OP_FCVT_WU_H:
      writeInteger(x, rd, toUnsigned<Half>(x, readHalf(x, rs1), rm, 32));
      return true;
    case OP_FCVT_L_H:
      writeInteger(x, rd, toSigned<Half>(x, readHalf(x, rs1), rm, 64));
      return true;
    case OP_FCVT_LU_H:
      writeInteger(x, rd, toUnsigned<Half>(x, readHalf(x, rs1), rm, 64));
      return true;
    case OP_FCVT_H_W:
      writeHalf(x, rd, <u32>fromSigned<Half>(x, <i32>readInteger(x, rs1), rm));
      return true;
    case OP_FCVT_H_WU:
      writeHalf(x, rd, <u32>fromUnsigned<Half>(x, <u32>readInteger(x, rs1), rm));
      return true;
    case OP_FCVT_H_L:
      writeHalf(x, rd, <u32>fromSigned<Half>(x, readInteger(x, rs1), rm));
      return true;
    case OP_FCVT_H_LU:
      writeHalf(x, rd, <u32>fromUnsigned<Half>(x, readInteger(x, rs1), rm));
      return true;
    case OP_FROUND_H:
      writeHalf(x, rd, <u32>roundToIntegral<Half>(x, readHalf(x, rs1), rm, false));
      return true;
    case OP_FROUNDNX_H:
      writeHalf(x, rd, <u32>roundToIntegral<Half>(x, readHalf(x, rs1), rm, true));
      return true;
    case OP_FCVT_H_S:
      writeHalf(x, rd, <u32>convert<f32, Half>(x, readSingle(x, rs1), rm));
      return true;
    case OP_FCVT_H_D:
      writeHalf(x, rd, <u32>convert<f64, Half>(x, readDouble(x, rs1), rm));
      return true;
    case OP_FCVT_S_H:
      writeSingle(x, rd, <u32>convert<Half, f32>(x, readHalf(x, rs1), rm));
      return true;
    case OP_FCVT_D_H:
      writeDouble(x, rd, convert<Half, f64>(x, readHalf(x, rs1), rm));
      return true;
    default:
      return false;
  }
}
