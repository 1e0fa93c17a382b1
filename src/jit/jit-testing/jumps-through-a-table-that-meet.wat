;; 12 instructions, 3 blocks, 580 bytes
func
  local.get $x i64.load offset=s0 local.set $s0
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a1 local.set $a1
  local.get $x i64.load offset=a2 local.set $a2
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        ;; 80000000: addi a1,a1,1
        local.get $a1 i64.const 1 i64.add local.set $a1
        local.get $x local.get $a1 i64.store offset=a1
        ;; 80000004: slli a5,a0,0x3
        local.get $a0 i64.const 3 i64.shl local.set $a5
        ;; 80000008: add a5,a5,s0
        local.get $a5 local.get $s0 i64.add local.set $a5
        ;; 8000000c: ld a5,0(a5)
        local.get $a5 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
          local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
            local.get $x local.get $a5 i64.store offset=a5
            i32.const -0x5ff4 local.set $offset
            br 2
          end
        end
        local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add i64.load local.set $a5
        ;; 80000010: xor a0,a0,a1
        local.get $a0 local.get $a1 i64.xor local.set $a0
        ;; 80000014: jr a5
        local.get $a5 i64.const -2 i64.and local.set $target
        local.get $n i32.const 6 i32.sub local.set $n
        local.get $x i64.load offset=7936 local.set $33
        local.get $x i32.load offset=7944 local.set $34
        block
          loop
            local.get $n i32.const 12 i32.lt_s if
              local.get $x local.get $a0 i64.store offset=a0
              local.get $x local.get $a2 i64.store offset=a2
              local.get $x local.get $a5 i64.store offset=a5
              br 5
            end
            block
              block
                local.get $target local.get $page i64.sub local.tee $t0 i64.const 0x1000 i64.ge_u if
                  br 1
                end
                local.get $t0 i32.wrap_i64 i32.const 24 i32.sub i32.const 1 i32.shr_u br_table 1 0
              end
              local.get $x local.get $a0 i64.store offset=a0
              local.get $x local.get $a2 i64.store offset=a2
              local.get $x local.get $a5 i64.store offset=a5
              br 5
            end
            block
              ;; 80000018: addi a2,a2,1
              local.get $a2 i64.const 1 i64.add local.set $a2
              ;; 8000001c: slli a5,a0,0x3
              local.get $a0 i64.const 3 i64.shl local.set $a5
              ;; 80000020: add a5,a5,s0
              local.get $a5 local.get $s0 i64.add local.set $a5
              ;; 80000024: ld a5,0(a5)
              local.get $a5 local.tee $va i64.const -4089 i64.and local.get $33 i64.ne if
                local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                  local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                    i32.const -0x5fdc local.set $offset
                    br 3
                  end
                end
                local.get $x local.get $va i64.const -4096 i64.and local.tee $33 i64.store offset=7936
                local.get $x local.get $entry i32.load offset=24 local.tee $34 i32.store offset=7944
              end
              local.get $34 local.get $va i32.wrap_i64 i32.add i64.load local.set $a5
              ;; 80000028: srli a0,a0,0x1
              local.get $a0 i64.const 1 i64.shr_u local.set $a0
              ;; 8000002c: jr a5
              local.get $a5 i64.const -2 i64.and local.set $target
              local.get $n i32.const 6 i32.sub local.set $n
              br 1
            end
            local.get $x local.get $a0 i64.store offset=a0
            local.get $x local.get $a2 i64.store offset=a2
            local.get $x local.get $a5 i64.store offset=a5
            br 2
          end
        end
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x local.get $a2 i64.store offset=a2
        local.get $x local.get $a5 i64.store offset=a5
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
