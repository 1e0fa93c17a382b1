// The floating-point instructions by operation number: those of F and D, the rest is handed on. Loads and stores are not
// here. Implements Unpriv. ISA, '"F" Extension for Single-Precision Floating-Point' and '"D" Extension for Double-Precision
// Floating-Point'.
import {
  OP_FADD_D,
  OP_FADD_S,
  OP_FCLASS_D,
  OP_FCLASS_S,
  OP_FCVT_D_L,
  OP_FCVT_D_LU,
  OP_FCVT_D_S,
  OP_FCVT_D_W,
  OP_FCVT_D_WU,
  OP_FCVT_LU_D,
  OP_FCVT_LU_S,
  OP_FCVT_L_D,
  OP_FCVT_L_S,
  OP_FCVT_S_D,
  OP_FCVT_S_L,
  OP_FCVT_S_LU,
  OP_FCVT_S_W,
  OP_FCVT_S_WU,
  OP_FCVT_WU_D,
  OP_FCVT_WU_S,
  OP_FCVT_W_D,
  OP_FCVT_W_S,
  OP_FDIV_D,
  OP_FDIV_S,
  OP_FEQ_D,
  OP_FEQ_S,
  OP_FLE_D,
  OP_FLE_S,
  OP_FLTQ_D,
  OP_FLTQ_H,
  OP_FLTQ_S,
  OP_FLT_D,
  OP_FLT_S,
  OP_FMADD_D,
  OP_FMADD_S,
  OP_FMAX_D,
  OP_FMAX_S,
  OP_FMIN_D,
  OP_FMIN_S,
  OP_FMSUB_D,
  OP_FMSUB_S,
  OP_FMUL_D,
  OP_FMUL_S,
  OP_FMV_D_X,
  OP_FMV_W_X,
  OP_FMV_X_D,
  OP_FMV_X_W,
  OP_FNMADD_D,
  OP_FNMADD_S,
  OP_FNMSUB_D,
  OP_FNMSUB_S,
  OP_FSGNJN_D,
  OP_FSGNJN_S,
  OP_FSGNJX_D,
  OP_FSGNJX_S,
  OP_FSGNJ_D,
  OP_FSGNJ_S,
  OP_FSQRT_D,
  OP_FSQRT_S,
  OP_FSUB_D,
  OP_FSUB_S,
} from '../generated/isa';
import { f32Add, f32Sub, f64Add, f64Sub } from './add';
import { classify } from './classify';
import { equal, injectOppositeSign, injectSign, less, lessOrEqual, multiplySign } from './compare';
import { f32ToF64, f64ToF32, fromSigned, fromUnsigned, toSigned, toUnsigned } from './convert';
import { f32Div, f64Div } from './divide';
import { f32Fma, f64Fma } from './fma';
import { RMM, signBit } from './format';
import { maximumNumber, minimumNumber } from './minmax';
import { f32Mul, f64Mul } from './multiply';
import { readDouble, readInteger, readSingle, roundingMode, writeDouble, writeInteger, writeSingle } from './registers';
import { f32Sqrt, f64Sqrt } from './sqrt';
import { executeExtended } from './execute-extended';

/**
 * Executes a floating-point instruction on the registers of the vCPU at `x` and gathers its flags in fflags. An integer
 * destination of 32 discards. False: the rounding mode is reserved (or `op` is none of these), and nothing was done.
 */
export function fpExecute(x: usize, op: u32, rd: u32, rs1: u32, rs2: u32, rs3: u32, rm: u32): bool {
  rm = roundingMode(x, rm);
  // What does not round has other things in place of the rm field; only FLTQ one that would be reserved.
  if (rm > RMM && op != OP_FLTQ_S && op != OP_FLTQ_D && op != OP_FLTQ_H) return false;
  switch (op) {
    case OP_FMADD_S:
      writeSingle(x, rd, f32Fma(x, readSingle(x, rs1), readSingle(x, rs2), readSingle(x, rs3), rm));
      return true;
    case OP_FMSUB_S:
      writeSingle(
        x,
        rd,
        f32Fma(x, readSingle(x, rs1), readSingle(x, rs2), readSingle(x, rs3) ^ <u32>signBit<f32>(), rm),
      );
      return true;
    case OP_FNMSUB_S:
      writeSingle(
        x,
        rd,
        f32Fma(x, readSingle(x, rs1) ^ <u32>signBit<f32>(), readSingle(x, rs2), readSingle(x, rs3), rm),
      );
      return true;
    case OP_FNMADD_S:
      writeSingle(
        x,
        rd,
        f32Fma(
          x,
          readSingle(x, rs1) ^ <u32>signBit<f32>(),
          readSingle(x, rs2),
          readSingle(x, rs3) ^ <u32>signBit<f32>(),
          rm,
        ),
      );
      return true;
    case OP_FADD_S:
      writeSingle(x, rd, f32Add(x, readSingle(x, rs1), readSingle(x, rs2), rm));
      return true;
    case OP_FSUB_S:
      writeSingle(x, rd, f32Sub(x, readSingle(x, rs1), readSingle(x, rs2), rm));
      return true;
    case OP_FMUL_S:
      writeSingle(x, rd, f32Mul(x, readSingle(x, rs1), readSingle(x, rs2), rm));
      return true;
    case OP_FDIV_S:
      writeSingle(x, rd, f32Div(x, readSingle(x, rs1), readSingle(x, rs2), rm));
      return true;
    case OP_FSQRT_S:
      writeSingle(x, rd, f32Sqrt(x, readSingle(x, rs1), rm));
      return true;
    case OP_FSGNJ_S:
      writeSingle(x, rd, <u32>injectSign<f32>(readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FSGNJN_S:
      writeSingle(x, rd, <u32>injectOppositeSign<f32>(readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FSGNJX_S:
      writeSingle(x, rd, <u32>multiplySign<f32>(readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FMIN_S:
      writeSingle(x, rd, <u32>minimumNumber<f32>(x, readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FMAX_S:
      writeSingle(x, rd, <u32>maximumNumber<f32>(x, readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FEQ_S:
      writeInteger(x, rd, u64(equal<f32>(x, readSingle(x, rs1), readSingle(x, rs2))));
      return true;
    case OP_FLT_S:
      writeInteger(x, rd, u64(less<f32>(x, readSingle(x, rs1), readSingle(x, rs2), false)));
      return true;
    case OP_FLE_S:
      writeInteger(x, rd, u64(lessOrEqual<f32>(x, readSingle(x, rs1), readSingle(x, rs2), false)));
      return true;
    case OP_FCLASS_S:
      writeInteger(x, rd, classify<f32>(readSingle(x, rs1)));
      return true;
    case OP_FCVT_W_S:
      writeInteger(x, rd, toSigned<f32>(x, readSingle(x, rs1), rm, 32));
      return true;
    case OP_FCVT_WU_S:
      writeInteger(x, rd, toUnsigned<f32>(x, readSingle(x, rs1), rm, 32));
      return true;
    case OP_FCVT_L_S:
      writeInteger(x, rd, toSigned<f32>(x, readSingle(x, rs1), rm, 64));
      return true;
    case OP_FCVT_LU_S:
      writeInteger(x, rd, toUnsigned<f32>(x, readSingle(x, rs1), rm, 64));
      return true;
    case OP_FCVT_S_W:
      writeSingle(x, rd, <u32>fromSigned<f32>(x, <i32>readInteger(x, rs1), rm));
      return true;
    case OP_FCVT_S_WU:
      writeSingle(x, rd, <u32>fromUnsigned<f32>(x, <u32>readInteger(x, rs1), rm));
      return true;
    case OP_FCVT_S_L:
      writeSingle(x, rd, <u32>fromSigned<f32>(x, readInteger(x, rs1), rm));
      return true;
    case OP_FCVT_S_LU:
      writeSingle(x, rd, <u32>fromUnsigned<f32>(x, readInteger(x, rs1), rm));
      return true;
    case OP_FMV_X_W:
      writeInteger(x, rd, <u64>(<i64>(<i32>readDouble(x, rs1))));
      return true;
    case OP_FMV_W_X:
      writeSingle(x, rd, <u32>readInteger(x, rs1));
      return true;
    case OP_FMADD_D:
      writeDouble(x, rd, f64Fma(x, readDouble(x, rs1), readDouble(x, rs2), readDouble(x, rs3), rm));
      return true;
    case OP_FMSUB_D:
      writeDouble(x, rd, f64Fma(x, readDouble(x, rs1), readDouble(x, rs2), readDouble(x, rs3) ^ signBit<f64>(), rm));
      return true;
    case OP_FNMSUB_D:
      writeDouble(x, rd, f64Fma(x, readDouble(x, rs1) ^ signBit<f64>(), readDouble(x, rs2), readDouble(x, rs3), rm));
      return true;
    case OP_FNMADD_D:
      writeDouble(
        x,
        rd,
        f64Fma(x, readDouble(x, rs1) ^ signBit<f64>(), readDouble(x, rs2), readDouble(x, rs3) ^ signBit<f64>(), rm),
      );
      return true;
    case OP_FADD_D:
      writeDouble(x, rd, f64Add(x, readDouble(x, rs1), readDouble(x, rs2), rm));
      return true;
    case OP_FSUB_D:
      writeDouble(x, rd, f64Sub(x, readDouble(x, rs1), readDouble(x, rs2), rm));
      return true;
    case OP_FMUL_D:
      writeDouble(x, rd, f64Mul(x, readDouble(x, rs1), readDouble(x, rs2), rm));
      return true;
    case OP_FDIV_D:
      writeDouble(x, rd, f64Div(x, readDouble(x, rs1), readDouble(x, rs2), rm));
      return true;
    case OP_FSQRT_D:
      writeDouble(x, rd, f64Sqrt(x, readDouble(x, rs1), rm));
      return true;
    case OP_FSGNJ_D:
      writeDouble(x, rd, injectSign<f64>(readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FSGNJN_D:
      writeDouble(x, rd, injectOppositeSign<f64>(readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FSGNJX_D:
      writeDouble(x, rd, multiplySign<f64>(readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FMIN_D:
      writeDouble(x, rd, minimumNumber<f64>(x, readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FMAX_D:
      writeDouble(x, rd, maximumNumber<f64>(x, readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FEQ_D:
      writeInteger(x, rd, u64(equal<f64>(x, readDouble(x, rs1), readDouble(x, rs2))));
      return true;
    case OP_FLT_D:
      writeInteger(x, rd, u64(less<f64>(x, readDouble(x, rs1), readDouble(x, rs2), false)));
      return true;
    case OP_FLE_D:
      writeInteger(x, rd, u64(lessOrEqual<f64>(x, readDouble(x, rs1), readDouble(x, rs2), false)));
      return true;
    case OP_FCLASS_D:
      writeInteger(x, rd, classify<f64>(readDouble(x, rs1)));
      return true;
    case OP_FCVT_W_D:
      writeInteger(x, rd, toSigned<f64>(x, readDouble(x, rs1), rm, 32));
      return true;
    case OP_FCVT_WU_D:
      writeInteger(x, rd, toUnsigned<f64>(x, readDouble(x, rs1), rm, 32));
      return true;
    case OP_FCVT_L_D:
      writeInteger(x, rd, toSigned<f64>(x, readDouble(x, rs1), rm, 64));
      return true;
    case OP_FCVT_LU_D:
      writeInteger(x, rd, toUnsigned<f64>(x, readDouble(x, rs1), rm, 64));
      return true;
    case OP_FCVT_D_W:
      writeDouble(x, rd, fromSigned<f64>(x, <i32>readInteger(x, rs1), rm));
      return true;
    case OP_FCVT_D_WU:
      writeDouble(x, rd, fromUnsigned<f64>(x, <u32>readInteger(x, rs1), rm));
      return true;
    case OP_FCVT_D_L:
      writeDouble(x, rd, fromSigned<f64>(x, readInteger(x, rs1), rm));
      return true;
    case OP_FCVT_D_LU:
      writeDouble(x, rd, fromUnsigned<f64>(x, readInteger(x, rs1), rm));
      return true;
    case OP_FCVT_S_D:
      writeSingle(x, rd, f64ToF32(x, readDouble(x, rs1), rm));
      return true;
    case OP_FCVT_D_S:
      writeDouble(x, rd, f32ToF64(x, readSingle(x, rs1)));
      return true;
    case OP_FMV_X_D:
      writeInteger(x, rd, readDouble(x, rs1));
      return true;
    case OP_FMV_D_X:
      writeDouble(x, rd, readInteger(x, rs1));
      return true;
    default:
      return executeExtended(x, op, rd, rs1, rs2, rs3, rm);
  }
}
