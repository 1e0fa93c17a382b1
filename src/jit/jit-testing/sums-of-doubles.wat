;; 4 instructions, 1 blocks, 717 bytes
func
  local.get $x i32.load offset=fp_state i32.const 2 i32.eq local.tee $fp_ready local.get $x i32.load offset=frm i32.eqz i32.and local.set $fp_native
  local.get $x i32.load offset=fflags i32.const 1 i32.and local.set $fp_nx
  local.get $x i64.load offset=s0 local.set $s0
  local.get $x f64.load offset=f2 local.set $f2
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        ;; 80000000: fld ft1,0(s0)
        local.get $fp_ready i32.eqz if
          i32.const 0 local.set $offset
          br 1
        end
        local.get $s0 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 15 i64.add i64.const 12 i64.shr_u i64.ne if
          local.get $x local.get $tag i64.store offset=7928
          local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 15 i64.add i64.const 12 i64.shr_u i64.ne if
            i32.const 0 local.set $36
          else
            local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $36
          end
        else
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $36
        end
        local.get $36 local.tee $host i32.eqz if
          local.get $s0 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
              i32.const 0 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.const 0 i32.sub local.set $host
        end
        local.get $host f64.load local.set $f1
        ;; 80000004: fadd.d ft2,ft2,ft1
        local.get $fp_native i32.eqz if
          local.get $x local.get $f1 f64.store offset=f1
          i32.const -0x1ffc local.set $offset
          br 1
        end
        local.get $f2 local.get $f1 f64.add local.tee $29 f64.abs f64.const 2.247116418577895e+307 f64.lt i32.eqz if
          local.get $x local.get $f1 f64.store offset=f1
          i32.const -0x1ffc local.set $offset
          br 1
        end
        local.get $fp_nx i32.eqz if
          local.get $f1 local.set $31
          local.get $29 local.get $f2 f64.sub local.set $32
          local.get $f2 local.get $29 local.get $32 f64.sub f64.sub local.get $31 local.get $32 f64.sub f64.add f64.const 0 f64.ne if
            local.get $x local.get $f1 f64.store offset=f1
            i32.const -0x1ffc local.set $offset
            br 2
          end
        end
        local.get $29 local.set $f2
        ;; 80000008: fmul.d ft3,ft1,ft2,rtz
        local.get $x local.get $f1 f64.store offset=f1
        local.get $x local.get $f2 f64.store offset=f2
        local.get $x i32.const 127 i32.const 3 i32.const 1 i32.const 2 i32.const 2 i32.const 1 call $fpExecute i32.eqz if
          local.get $x local.get $f1 f64.store offset=f1
          local.get $x local.get $f2 f64.store offset=f2
          i32.const -0x3ff8 local.set $offset
          br 1
        end
        local.get $x f64.load offset=f3 local.set $f3
        local.get $x i32.load offset=fp_state i32.const 2 i32.eq local.tee $fp_ready local.get $x i32.load offset=frm i32.eqz i32.and local.set $fp_native
        local.get $x i32.load offset=fflags i32.const 1 i32.and local.set $fp_nx
        ;; 8000000c: fsd ft2,8(s0)
        local.get $36 local.tee $host i32.eqz if
          local.get $s0 i64.const 8 i64.add local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
              local.get $x local.get $f1 f64.store offset=f1
              local.get $x local.get $f2 f64.store offset=f2
              local.get $x local.get $f3 f64.store offset=f3
              i32.const -0x5ff4 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.const 8 i32.sub local.set $host
        end
        local.get $host local.get $f2 f64.store offset=8
        ;; 80000010: wfi
        local.get $x local.get $f1 f64.store offset=f1
        local.get $x local.get $f2 f64.store offset=f2
        local.get $x local.get $f3 f64.store offset=f3
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
