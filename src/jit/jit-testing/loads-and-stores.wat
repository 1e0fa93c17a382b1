;; 4 instructions, 1 blocks, 610 bytes
func
  local.get $x i64.load offset=s0 local.set $s0
  local.get $x i64.load offset=s1 local.set $s1
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        ;; 80000000: ld a0,8(s0)
        local.get $s0 i64.const 4 i64.add local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 11 i64.add i64.const 12 i64.shr_u i64.ne if
          local.get $x local.get $tag i64.store offset=7928
          local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 11 i64.add i64.const 12 i64.shr_u i64.ne if
            i32.const 0 local.set $32
          else
            local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $32
          end
        else
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $32
        end
        local.get $32 local.tee $host i32.eqz if
          local.get $s0 i64.const 8 i64.add local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
              i32.const 0 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.const 4 i32.sub local.set $host
        end
        local.get $host i64.load offset=4 local.set $a0
        ;; 80000004: lbu a1,0(a0)
        local.get $a0 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 12 i64.shr_u i64.ne if
          local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 12 i64.shr_u i64.ne if
            local.get $x local.get $a0 i64.store offset=a0
            i32.const -0x1ffc local.set $offset
            br 2
          end
        end
        local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i64.load8_u local.set $a1
        ;; 80000008: sw a1,4(s0)
        local.get $32 local.tee $host i32.eqz if
          local.get $s0 i64.const 4 i64.add local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
              local.get $x local.get $a0 i64.store offset=a0
              local.get $x local.get $a1 i64.store offset=a1
              i32.const -0x3ff8 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.const 0 i32.sub local.set $host
        end
        local.get $host local.get $a1 i64.store32
        ;; 8000000c: lw zero,0(s1)
        local.get $s1 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
          local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $x local.get $a0 i64.store offset=a0
            local.get $x local.get $a1 i64.store offset=a1
            i32.const -0x5ff4 local.set $offset
            br 2
          end
        end
        local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.load i64.extend_i32_s drop
        ;; 80000010: wfi
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x local.get $a1 i64.store offset=a1
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
