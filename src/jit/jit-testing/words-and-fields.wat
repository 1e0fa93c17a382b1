;; 8 instructions, 1 blocks, 811 bytes
func
  local.get $x i64.load offset=s0 local.set $s0
  local.get $x i64.load offset=s1 local.set $s1
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        ;; 80000000: lw a0,0(s0)
        local.get $s0 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 27 i64.add i64.const 12 i64.shr_u i64.ne if
          local.get $x local.get $tag i64.store offset=7928
          local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 27 i64.add i64.const 12 i64.shr_u i64.ne if
            i32.const 0 local.set $38
          else
            local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $38
          end
        else
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $38
        end
        local.get $38 local.tee $host i32.eqz if
          local.get $s0 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
              i32.const 0 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.const 0 i32.sub local.set $host
        end
        local.get $host i32.load local.set $a0.w
        ;; 80000004: lw a1,8(s0)
        local.get $38 local.tee $host i32.eqz if
          local.get $s0 i64.const 8 i64.add local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
              local.get $x local.get $a0.w i64.extend_i32_s i64.store offset=a0
              i32.const -0x1ffc local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.const 8 i32.sub local.set $host
        end
        local.get $host i32.load offset=8 local.set $a1.w
        ;; 80000008: lw a2,16(s0)
        local.get $38 local.tee $host i32.eqz if
          local.get $s0 i64.const 16 i64.add local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
              local.get $x local.get $a0.w i64.extend_i32_s i64.store offset=a0
              local.get $x local.get $a1.w i64.extend_i32_s i64.store offset=a1
              i32.const -0x3ff8 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.const 16 i32.sub local.set $host
        end
        local.get $host i32.load offset=16 local.set $a2.w
        ;; 8000000c: lw a3,24(s0)
        local.get $38 local.tee $host i32.eqz if
          local.get $s0 i64.const 24 i64.add local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
              local.get $x local.get $a0.w i64.extend_i32_s i64.store offset=a0
              local.get $x local.get $a1.w i64.extend_i32_s i64.store offset=a1
              local.get $x local.get $a2.w i64.extend_i32_s i64.store offset=a2
              i32.const -0x5ff4 local.set $offset
              br 3
            end
          end
          local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i32.const 24 i32.sub local.set $host
        end
        local.get $host i32.load offset=24 local.set $a3.w
        ;; 80000010: addw a0,a0,a1
        local.get $a0.w local.get $a1.w i32.add local.set $a0.w
        ;; 80000014: xor a0,a0,a2
        local.get $a0.w local.get $a2.w i32.xor local.set $a0.w
        ;; 80000018: subw a0,a0,a3
        local.get $a0.w local.get $a3.w i32.sub local.set $a0.w
        ;; 8000001c: sw a0,0(s1)
        local.get $s1 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
          local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $x local.get $a0.w i64.extend_i32_s i64.store offset=a0
            local.get $x local.get $a1.w i64.extend_i32_s i64.store offset=a1
            local.get $x local.get $a2.w i64.extend_i32_s i64.store offset=a2
            local.get $x local.get $a3.w i64.extend_i32_s i64.store offset=a3
            i32.const -0xdfe4 local.set $offset
            br 2
          end
        end
        local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.get $a0.w i32.store
        ;; 80000020: wfi
        local.get $x local.get $a0.w i64.extend_i32_s i64.store offset=a0
        local.get $x local.get $a1.w i64.extend_i32_s i64.store offset=a1
        local.get $x local.get $a2.w i64.extend_i32_s i64.store offset=a2
        local.get $x local.get $a3.w i64.extend_i32_s i64.store offset=a3
        i32.const -0xffe0 local.set $offset
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
