;; 4 instructions, 1 blocks, 490 bytes
func
  local.get $x i32.load offset=bank_ls local.set $tlb
  local.get $x i32.load offset=fp_state i32.const 2 i32.eq local.tee $fp_ready local.get $x i32.load offset=fflags i32.const 1 i32.and i32.and local.get $x i32.load offset=frm i32.eqz i32.and local.set $fp_native
  local.get $x i64.load offset=a0 local.set $a0
  block
    block
      block
        local.get $n i32.const 4 i32.sub local.set $n
        ;; 80000000: fcvt.w.d a0,ft1,rtz
        local.get $fp_ready i32.eqz if
          local.get $n i32.const 4 i32.add local.set $n
          i32.const 0 local.set $offset
          br 1
        end
        local.get $x i32.const 139 i32.const 10 i32.const 1 i32.const 0 i32.const 24 i32.const 1 call $fpExecute i32.eqz if
          local.get $n i32.const 4 i32.add local.set $n
          i32.const 0 local.set $offset
          br 1
        end
        local.get $x i64.load offset=a0 local.set $a0
        local.get $x i32.load offset=fp_state i32.const 2 i32.eq local.tee $fp_ready local.get $x i32.load offset=fflags i32.const 1 i32.and i32.and local.get $x i32.load offset=frm i32.eqz i32.and local.set $fp_native
        ;; 80000004: fcvt.d.l ft2,a0
        local.get $fp_ready i32.eqz if
          local.get $n i32.const 3 i32.add local.set $n
          i32.const 4 local.set $offset
          br 1
        end
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x i32.const 145 i32.const 2 i32.const 10 i32.const 2 i32.const 26 i32.const 7 call $fpExecute i32.eqz if
          local.get $n i32.const 3 i32.add local.set $n
          i32.const 4 local.set $offset
          br 1
        end
        local.get $x i32.load offset=fp_state i32.const 2 i32.eq local.tee $fp_ready local.get $x i32.load offset=fflags i32.const 1 i32.and i32.and local.get $x i32.load offset=frm i32.eqz i32.and local.set $fp_native
        ;; 80000008: fmadd.d ft3,ft1,ft2,ft3
        local.get $fp_ready i32.eqz if
          local.get $n i32.const 2 i32.add local.set $n
          i32.const 8 local.set $offset
          br 1
        end
        local.get $x i32.load offset=frm i32.const 5 i32.ge_u if
          local.get $n i32.const 2 i32.add local.set $n
          i32.const 8 local.set $offset
          br 1
        end
        local.get $x local.get $x i64.load offset=f1 local.get $x i64.load offset=f2 local.get $x i64.load offset=f3 local.get $x i32.load offset=frm call $f64Fma local.set $t1
        local.get $x local.get $t1 i64.store offset=f3
        local.get $x i32.load offset=fp_state i32.const 2 i32.eq local.tee $fp_ready local.get $x i32.load offset=fflags i32.const 1 i32.and i32.and local.get $x i32.load offset=frm i32.eqz i32.and local.set $fp_native
        ;; 8000000c: fsqrt.d ft4,ft3
        local.get $fp_ready i32.eqz if
          local.get $n i32.const 1 i32.add local.set $n
          i32.const 12 local.set $offset
          br 1
        end
        local.get $x i32.const 129 i32.const 4 i32.const 3 i32.const 0 i32.const 11 i32.const 7 call $fpExecute i32.eqz if
          local.get $n i32.const 1 i32.add local.set $n
          i32.const 12 local.set $offset
          br 1
        end
        local.get $x i32.load offset=fp_state i32.const 2 i32.eq local.tee $fp_ready local.get $x i32.load offset=fflags i32.const 1 i32.and i32.and local.get $x i32.load offset=frm i32.eqz i32.and local.set $fp_native
        ;; 80000010: wfi
        i32.const 16 local.set $offset
        br 0
      end
      i32.const 1 local.set $needs
    end
    local.get $page local.get $offset i64.extend_i32_s i64.add local.set $target
  end
  local.get $x local.get $a0 i64.store offset=a0
  local.get $x local.get $target i64.store offset=pc
  local.get $x local.get $needs i32.store offset=jit_needs
  local.get $n
