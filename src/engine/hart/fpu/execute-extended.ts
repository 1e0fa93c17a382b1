// The floating-point instructions that came after F and D. Implements Unpriv. ISA, '"Zfh" and "Zfhmin" Extensions for
// Half-Precision Floating-Point', all of it integer arithmetic as there is no native half precision to lean on, and '"Zfa"
// Extension for Additional Floating-Point Instructions'. Apart from the others so that either switch is dense.
import {
  OP_FADD_H,
  OP_FCLASS_H,
  OP_FCVTMOD_W_D,
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
  OP_FEQ_H,
  OP_FLEQ_D,
  OP_FLEQ_H,
  OP_FLEQ_S,
  OP_FLE_H,
  OP_FLI_D,
  OP_FLI_H,
  OP_FLI_S,
  OP_FLTQ_D,
  OP_FLTQ_H,
  OP_FLTQ_S,
  OP_FLT_H,
  OP_FMADD_H,
  OP_FMAXM_D,
  OP_FMAXM_H,
  OP_FMAXM_S,
  OP_FMAX_H,
  OP_FMINM_D,
  OP_FMINM_H,
  OP_FMINM_S,
  OP_FMIN_H,
  OP_FMSUB_H,
  OP_FMUL_H,
  OP_FMV_H_X,
  OP_FMV_X_H,
  OP_FNMADD_H,
  OP_FNMSUB_H,
  OP_FROUNDNX_D,
  OP_FROUNDNX_H,
  OP_FROUNDNX_S,
  OP_FROUND_D,
  OP_FROUND_H,
  OP_FROUND_S,
  OP_FSGNJN_H,
  OP_FSGNJX_H,
  OP_FSGNJ_H,
  OP_FSQRT_H,
  OP_FSUB_H,
} from '../generated/isa';
import { addExact } from './add';
import { classify } from './classify';
import { equal, injectOppositeSign, injectSign, less, lessOrEqual, multiplySign } from './compare';
import { constant } from './constants';
import { convert, fromSigned, fromUnsigned, roundToIntegral, toModular, toSigned, toUnsigned } from './convert';
import { divExact } from './divide';
import { fmaExact } from './fma';
import { Half, signBit } from './format';
import { maximum, maximumNumber, minimum, minimumNumber } from './minmax';
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
export function executeExtended(x: usize, op: u32, rd: u32, rs1: u32, rs2: u32, rs3: u32, rm: u32): bool {
  switch (op) {
    case OP_FCVT_S_H:
      writeSingle(x, rd, <u32>convert<Half, f32>(x, readHalf(x, rs1), rm));
      return true;
    case OP_FCVT_H_S:
      writeHalf(x, rd, <u32>convert<f32, Half>(x, readSingle(x, rs1), rm));
      return true;
    case OP_FMV_X_H:
      writeInteger(x, rd, <u64>(<i64>(<i16>readDouble(x, rs1))));
      return true;
    case OP_FMV_H_X:
      writeHalf(x, rd, <u32>readInteger(x, rs1) & 0xffff);
      return true;
    case OP_FCVT_D_H:
      writeDouble(x, rd, convert<Half, f64>(x, readHalf(x, rs1), rm));
      return true;
    case OP_FCVT_H_D:
      writeHalf(x, rd, <u32>convert<f64, Half>(x, readDouble(x, rs1), rm));
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
    case OP_FSGNJ_H:
      writeHalf(x, rd, <u32>injectSign<Half>(readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FSGNJN_H:
      writeHalf(x, rd, <u32>injectOppositeSign<Half>(readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FSGNJX_H:
      writeHalf(x, rd, <u32>multiplySign<Half>(readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FMIN_H:
      writeHalf(x, rd, <u32>minimumNumber<Half>(x, readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FMAX_H:
      writeHalf(x, rd, <u32>maximumNumber<Half>(x, readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FEQ_H:
      writeInteger(x, rd, u64(equal<Half>(x, readHalf(x, rs1), readHalf(x, rs2))));
      return true;
    case OP_FLT_H:
      writeInteger(x, rd, u64(less<Half>(x, readHalf(x, rs1), readHalf(x, rs2), false)));
      return true;
    case OP_FLE_H:
      writeInteger(x, rd, u64(lessOrEqual<Half>(x, readHalf(x, rs1), readHalf(x, rs2), false)));
      return true;
    case OP_FCLASS_H:
      writeInteger(x, rd, classify<Half>(readHalf(x, rs1)));
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
    case OP_FLI_S:
      writeSingle(x, rd, <u32>constant<f32>(rs1));
      return true;
    case OP_FMINM_S:
      writeSingle(x, rd, <u32>minimum<f32>(x, readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FMAXM_S:
      writeSingle(x, rd, <u32>maximum<f32>(x, readSingle(x, rs1), readSingle(x, rs2)));
      return true;
    case OP_FROUND_S:
      writeSingle(x, rd, <u32>roundToIntegral<f32>(x, readSingle(x, rs1), rm, false));
      return true;
    case OP_FROUNDNX_S:
      writeSingle(x, rd, <u32>roundToIntegral<f32>(x, readSingle(x, rs1), rm, true));
      return true;
    case OP_FLEQ_S:
      writeInteger(x, rd, u64(lessOrEqual<f32>(x, readSingle(x, rs1), readSingle(x, rs2), true)));
      return true;
    case OP_FLTQ_S:
      writeInteger(x, rd, u64(less<f32>(x, readSingle(x, rs1), readSingle(x, rs2), true)));
      return true;
    case OP_FLI_D:
      writeDouble(x, rd, constant<f64>(rs1));
      return true;
    case OP_FMINM_D:
      writeDouble(x, rd, minimum<f64>(x, readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FMAXM_D:
      writeDouble(x, rd, maximum<f64>(x, readDouble(x, rs1), readDouble(x, rs2)));
      return true;
    case OP_FROUND_D:
      writeDouble(x, rd, roundToIntegral<f64>(x, readDouble(x, rs1), rm, false));
      return true;
    case OP_FROUNDNX_D:
      writeDouble(x, rd, roundToIntegral<f64>(x, readDouble(x, rs1), rm, true));
      return true;
    case OP_FLEQ_D:
      writeInteger(x, rd, u64(lessOrEqual<f64>(x, readDouble(x, rs1), readDouble(x, rs2), true)));
      return true;
    case OP_FLTQ_D:
      writeInteger(x, rd, u64(less<f64>(x, readDouble(x, rs1), readDouble(x, rs2), true)));
      return true;
    case OP_FCVTMOD_W_D:
      writeInteger(x, rd, toModular(x, readDouble(x, rs1)));
      return true;
    case OP_FLI_H:
      writeHalf(x, rd, <u32>constant<Half>(rs1));
      return true;
    case OP_FMINM_H:
      writeHalf(x, rd, <u32>minimum<Half>(x, readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FMAXM_H:
      writeHalf(x, rd, <u32>maximum<Half>(x, readHalf(x, rs1), readHalf(x, rs2)));
      return true;
    case OP_FROUND_H:
      writeHalf(x, rd, <u32>roundToIntegral<Half>(x, readHalf(x, rs1), rm, false));
      return true;
    case OP_FROUNDNX_H:
      writeHalf(x, rd, <u32>roundToIntegral<Half>(x, readHalf(x, rs1), rm, true));
      return true;
    case OP_FLEQ_H:
      writeInteger(x, rd, u64(lessOrEqual<Half>(x, readHalf(x, rs1), readHalf(x, rs2), true)));
      return true;
    case OP_FLTQ_H:
      writeInteger(x, rd, u64(less<Half>(x, readHalf(x, rs1), readHalf(x, rs2), true)));
      return true;
    default:
      return false;
  }
}
