;; 4 instructions, 1 blocks, 540 bytes
func
  local.get $x i32.load offset=fp_state i32.const 2 i32.eq local.tee $fp_ready local.get $x i32.load offset=frm i32.eqz i32.and local.set $fp_native
  local.get $x i32.load offset=fflags i32.const 1 i32.and local.set $fp_nx
  local.get $x f64.load offset=f1 local.set $f1
  local.get $x f64.load offset=f3 local.set $f3
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        ;; 80000000: fcvt.w.d a0,ft1,rtz
        local.get $fp_ready i32.eqz if
          i32.const 0 local.set $offset
          br 1
        end
        local.get $f1 f64.trunc local.tee $29 local.get $f1 f64.eq local.get $fp_nx i32.or local.get $29 f64.const -2147483648 f64.ge i32.and local.get $29 f64.const 2147483648 f64.lt i32.and i32.eqz if
          i32.const 0 local.set $offset
          br 1
        end
        local.get $29 i32.trunc_sat_f64_s i64.extend_i32_s local.set $a0
        ;; 80000004: fcvt.d.l ft2,a0
        local.get $fp_native i32.eqz if
          local.get $x local.get $a0 i64.store offset=a0
          i32.const -0x1ffc local.set $offset
          br 1
        end
        local.get $fp_nx i32.eqz if
          local.get $a0 i64.const 11 i64.shl i64.const 11 i64.shr_s local.get $a0 i64.ne if
            local.get $x local.get $a0 i64.store offset=a0
            i32.const -0x1ffc local.set $offset
            br 2
          end
        end
        local.get $a0 f64.convert_i64_s local.set $f2
        ;; 80000008: fmadd.d ft3,ft1,ft2,ft3
        local.get $x i32.load offset=frm i32.const 5 i32.ge_u if
          local.get $x local.get $a0 i64.store offset=a0
          local.get $x local.get $f2 f64.store offset=f2
          i32.const -0x3ff8 local.set $offset
          br 1
        end
        local.get $x local.get $f1 i64.reinterpret_f64 local.get $f2 i64.reinterpret_f64 local.get $f3 i64.reinterpret_f64 local.get $x i32.load offset=frm call $f64Fma f64.reinterpret_i64 local.set $f3
        local.get $x i32.load offset=fp_state i32.const 2 i32.eq local.tee $fp_ready local.get $x i32.load offset=frm i32.eqz i32.and local.set $fp_native
        local.get $x i32.load offset=fflags i32.const 1 i32.and local.set $fp_nx
        ;; 8000000c: fsqrt.d ft4,ft3
        local.get $f3 f64.sqrt local.tee $29 i64.reinterpret_f64 i64.const 52 i64.shr_u i32.wrap_i64 i32.const 2047 i32.and i32.const 2 i32.sub i32.const 2043 i32.ge_u if
          local.get $29 f64.const 0 f64.eq local.get $f3 f64.const 0 f64.eq i32.and i32.eqz if
            local.get $x local.get $a0 i64.store offset=a0
            local.get $x local.get $f2 f64.store offset=f2
            local.get $x local.get $f3 f64.store offset=f3
            i32.const -0x5ff4 local.set $offset
            br 2
          end
        end
        local.get $fp_nx i32.eqz if
          f64.const 1 f64.const 0 f64.ne if
            local.get $x local.get $a0 i64.store offset=a0
            local.get $x local.get $f2 f64.store offset=f2
            local.get $x local.get $f3 f64.store offset=f3
            i32.const -0x5ff4 local.set $offset
            br 2
          end
        end
        local.get $29 local.set $f4
        ;; 80000010: wfi
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x local.get $f2 f64.store offset=f2
        local.get $x local.get $f3 f64.store offset=f3
        local.get $x local.get $f4 f64.store offset=f4
        i32.const -0x7ff0 local.set $offset
        br 0
      end
      local.get $x local.get $page local.get $offset i32.const 0x1fff i32.and i64.extend_i32_s i64.add i64.store offset=pc
      local.get $x i32.const 1 i32.store offset=jit_needs
      i32.const -1 local.get $n local.get $offset i32.const 13 i32.shr_s i32.add i32.xor return
    end
    local.get $page local.get $offset i64.extend_i32_s i64.add local.set $target
  end
  local.get $x local.get $target i64.store offset=pc
  local.get $x i32.const 0 i32.store offset=jit_needs
  i32.const -1 local.get $n i32.xor
