;; 4 instructions, 1 blocks, 760 bytes
func
  local.get $x i64.load offset=sp local.set $sp
  local.get $x i64.load offset=s0 local.set $s0
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        ;; 80000000: ld a0,8(s0)
        local.get $s0 i64.const 8 i64.add local.get $x i64.load offset=7808 local.tee $va i64.sub local.tee $23 local.get $x i64.load offset=7816 local.tee $tag i64.ge_u if
          local.get $x local.get $tag i64.store offset=7928
          local.get $x local.get $23 local.get $va i64.add local.tee $va i64.store offset=7832
          local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
              i32.const 0 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $host
        else
          local.get $23 i32.wrap_i64 local.get $x i32.load offset=7840 i32.add local.set $host
        end
        local.get $host i64.load local.set $a0
        ;; 80000004: lw a1,4(a0)
        local.get $a0 i64.const 4 i64.add local.get $x i64.load offset=7808 local.tee $va i64.sub local.tee $23 local.get $x i64.load offset=7816 local.tee $tag i64.ge_u if
          local.get $x local.get $tag i64.store offset=7928
          local.get $x local.get $23 local.get $va i64.add local.tee $va i64.store offset=7832
          local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
              local.get $x local.get $a0 i64.store offset=a0
              i32.const -0x1ffc local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $host
        else
          local.get $23 i32.wrap_i64 local.get $x i32.load offset=7840 i32.add local.set $host
        end
        local.get $host i32.load local.set $a1.w
        ;; 80000008: ld a2,8(sp)
        local.get $sp i64.const 8 i64.add local.get $x i64.load offset=7808 local.tee $va i64.sub local.tee $23 local.get $x i64.load offset=7816 local.tee $tag i64.ge_u if
          local.get $x local.get $tag i64.store offset=7928
          local.get $x local.get $23 local.get $va i64.add local.tee $va i64.store offset=7832
          local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
              local.get $x local.get $a0 i64.store offset=a0
              local.get $x local.get $a1.w i64.extend_i32_s i64.store offset=a1
              i32.const -0x3ff8 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $host
        else
          local.get $23 i32.wrap_i64 local.get $x i32.load offset=7840 i32.add local.set $host
        end
        local.get $host i64.load local.set $a2
        ;; 8000000c: sw a1,0(a2)
        local.get $a2 local.get $x i64.load offset=7864 local.tee $va i64.sub local.tee $23 local.get $x i64.load offset=7872 local.tee $tag i64.ge_u if
          local.get $x local.get $tag i64.store offset=7928
          local.get $x local.get $23 local.get $va i64.add local.tee $va i64.store offset=7888
          local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
              local.get $x local.get $a0 i64.store offset=a0
              local.get $x local.get $a1.w i64.extend_i32_s i64.store offset=a1
              local.get $x local.get $a2 i64.store offset=a2
              i32.const -0x5ff4 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $host
        else
          local.get $23 i32.wrap_i64 local.get $x i32.load offset=7896 i32.add local.set $host
        end
        local.get $host local.get $a1.w i32.store
        ;; 80000010: wfi
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x local.get $a1.w i64.extend_i32_s i64.store offset=a1
        local.get $x local.get $a2 i64.store offset=a2
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
