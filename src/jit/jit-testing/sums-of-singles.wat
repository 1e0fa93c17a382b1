;; 6 instructions, 1 blocks, 1195 bytes
func
  local.get $x i32.load offset=fp_state i32.const 2 i32.eq local.tee $fp_ready local.get $x i32.load offset=frm i32.eqz i32.and local.set $fp_native
  local.get $x i32.load offset=fflags i32.const 1 i32.and local.set $fp_nx
  local.get $x i64.load offset=s0 local.set $s0
  local.get $x f64.load offset=f2 local.set $f2
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        ;; 80000000: flw ft1,0(s0)
        local.get $fp_ready i32.eqz if
          i32.const 0 local.set $offset
          br 1
        end
        local.get $s0 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 23 i64.add i64.const 12 i64.shr_u i64.ne if
          local.get $x local.get $tag i64.store offset=7928
          local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 23 i64.add i64.const 12 i64.shr_u i64.ne if
            i32.const 0 local.set $37
          else
            local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $37
          end
        else
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $37
        end
        local.get $37 local.tee $host i32.eqz if
          local.get $s0 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
              i32.const 0 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.const 0 i32.sub local.set $host
        end
        local.get $host f32.load local.set $f1.s
        ;; 80000004: fmul.s ft3,ft1,ft2
        local.get $fp_native i32.eqz if
          local.get $x local.get $f1.s f32.store offset=f1
          local.get $x i32.const -1 i32.store offset=f1+4
          i32.const -0x1ffc local.set $offset
          br 1
        end
        local.get $f2 i64.reinterpret_f64 local.tee $t0 i64.const 32 i64.shr_s i64.const -1 i64.ne if
          local.get $x local.get $f1.s f32.store offset=f1
          local.get $x i32.const -1 i32.store offset=f1+4
          i32.const -0x1ffc local.set $offset
          br 1
        end
        local.get $t0 i32.wrap_i64 f32.reinterpret_i32 local.set $f2.s
        local.get $f1.s local.get $f2.s f32.mul local.tee $45 i32.reinterpret_f32 i32.const 23 i32.shr_u i32.const 255 i32.and i32.const 2 i32.sub i32.const 251 i32.ge_u if
          local.get $45 f32.const 0 f32.eq local.get $f1.s f32.const 0 f32.eq local.get $f2.s f32.const 0 f32.eq i32.or i32.and i32.eqz if
            local.get $x local.get $f1.s f32.store offset=f1
            local.get $x i32.const -1 i32.store offset=f1+4
            i32.const -0x1ffc local.set $offset
            br 2
          end
        end
        local.get $fp_nx i32.eqz if
          local.get $f1.s f64.promote_f32 local.get $f2.s f64.promote_f32 f64.mul local.get $45 f64.promote_f32 f64.sub f64.const 0 f64.ne if
            local.get $x local.get $f1.s f32.store offset=f1
            local.get $x i32.const -1 i32.store offset=f1+4
            i32.const -0x1ffc local.set $offset
            br 2
          end
        end
        local.get $45 local.set $f3.s
        ;; 80000008: fadd.s ft2,ft2,ft3
        local.get $f2.s local.get $f3.s f32.add local.tee $45 f32.abs f32.const 4.253529586511731e+37 f32.lt i32.eqz if
          local.get $x local.get $f1.s f32.store offset=f1
          local.get $x i32.const -1 i32.store offset=f1+4
          local.get $x local.get $f3.s f32.store offset=f3
          local.get $x i32.const -1 i32.store offset=f3+4
          i32.const -0x3ff8 local.set $offset
          br 1
        end
        local.get $fp_nx i32.eqz if
          local.get $f2.s f64.promote_f32 local.get $f3.s f64.promote_f32 f64.add local.set $29
          local.get $29 local.get $45 f64.promote_f32 f64.ne if
            local.get $x local.get $f1.s f32.store offset=f1
            local.get $x i32.const -1 i32.store offset=f1+4
            local.get $x local.get $f3.s f32.store offset=f3
            local.get $x i32.const -1 i32.store offset=f3+4
            i32.const -0x3ff8 local.set $offset
            br 2
          end
          local.get $f3.s f64.promote_f32 local.set $31
          local.get $29 local.get $f2.s f64.promote_f32 f64.sub local.set $32
          local.get $f2.s f64.promote_f32 local.get $29 local.get $32 f64.sub f64.sub local.get $31 local.get $32 f64.sub f64.add f64.const 0 f64.ne if
            local.get $x local.get $f1.s f32.store offset=f1
            local.get $x i32.const -1 i32.store offset=f1+4
            local.get $x local.get $f3.s f32.store offset=f3
            local.get $x i32.const -1 i32.store offset=f3+4
            i32.const -0x3ff8 local.set $offset
            br 2
          end
        end
        local.get $45 local.set $f2.s
        ;; 8000000c: fsw ft2,8(s0)
        local.get $37 local.tee $host i32.eqz if
          local.get $s0 i64.const 8 i64.add local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
              local.get $x local.get $f1.s f32.store offset=f1
              local.get $x i32.const -1 i32.store offset=f1+4
              local.get $x local.get $f2.s f32.store offset=f2
              local.get $x i32.const -1 i32.store offset=f2+4
              local.get $x local.get $f3.s f32.store offset=f3
              local.get $x i32.const -1 i32.store offset=f3+4
              i32.const -0x5ff4 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.const 8 i32.sub local.set $host
        end
        local.get $host local.get $f2.s f32.store offset=8
        ;; 80000010: fcvt.d.s ft4,ft2
        local.get $f2.s local.get $f2.s f32.ne if
          local.get $x local.get $f1.s f32.store offset=f1
          local.get $x i32.const -1 i32.store offset=f1+4
          local.get $x local.get $f2.s f32.store offset=f2
          local.get $x i32.const -1 i32.store offset=f2+4
          local.get $x local.get $f3.s f32.store offset=f3
          local.get $x i32.const -1 i32.store offset=f3+4
          i32.const -0x7ff0 local.set $offset
          br 1
        end
        local.get $f2.s f64.promote_f32 local.set $f4
        ;; 80000014: fsd ft2,16(s0)
        local.get $37 local.tee $host i32.eqz if
          local.get $s0 i64.const 16 i64.add local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
              local.get $x local.get $f1.s f32.store offset=f1
              local.get $x i32.const -1 i32.store offset=f1+4
              local.get $x local.get $f2.s f32.store offset=f2
              local.get $x i32.const -1 i32.store offset=f2+4
              local.get $x local.get $f3.s f32.store offset=f3
              local.get $x i32.const -1 i32.store offset=f3+4
              local.get $x local.get $f4 f64.store offset=f4
              i32.const -0x9fec local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.const 16 i32.sub local.set $host
        end
        local.get $host local.get $f2.s i32.reinterpret_f32 i64.extend_i32_u i64.const -0x100000000 i64.or f64.reinterpret_i64 local.tee $f2 f64.store offset=16
        ;; 80000018: wfi
        local.get $x local.get $f1.s f32.store offset=f1
        local.get $x i32.const -1 i32.store offset=f1+4
        local.get $x local.get $f2 f64.store offset=f2
        local.get $x local.get $f3.s f32.store offset=f3
        local.get $x i32.const -1 i32.store offset=f3+4
        local.get $x local.get $f4 f64.store offset=f4
        i32.const -0xbfe8 local.set $offset
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
