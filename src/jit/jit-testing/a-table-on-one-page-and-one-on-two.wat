;; 9 instructions, 3 blocks, 1306 bytes
func
  local.get $x i64.load offset=s0 local.set $s0
  local.get $x i64.load offset=s1 local.set $s1
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a1 local.set $a1
  local.get $x i64.load offset=a2 local.set $a2
  local.get $x i64.load offset=a3 local.set $a3
  local.get $x i64.load offset=a5 local.set $a5
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        local.get $s1 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 12 i64.shr_u i64.ne local.set $host
        i32.const 0 local.get $entry i32.load offset=24 local.get $host select local.set $44
        local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 12 i64.shr_u i64.ne local.set $host
        local.get $44 local.get $entry i32.load offset=24 local.get $host select local.set $44
        local.get $s1 i64.const 2047 i64.add local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 12 i64.shr_u i64.ne local.set $host
        i32.const 0 local.get $entry i32.load offset=24 local.get $host select local.set $45
        local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 12 i64.shr_u i64.ne local.set $host
        local.get $45 local.get $entry i32.load offset=24 local.get $host select local.set $45
        local.get $s1 i32.wrap_i64 local.set $entry
        i32.const 0 local.get $44 local.get $entry i32.const 7 i32.and select local.set $44
        i32.const 0 local.get $45 local.get $entry i32.const 7 i32.and select local.set $45
        local.get $45 local.get $44 local.get $entry i32.const 0x1000 i32.and select local.set $host
        local.get $44 local.get $45 local.get $entry i32.const 0x1000 i32.and select local.set $45
        local.get $host local.set $44
        local.get $s0 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 63 i64.add i64.const 12 i64.shr_u i64.ne local.set $host
        i32.const 0 local.get $entry i32.load offset=24 local.get $host select local.set $46
        local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 63 i64.add i64.const 12 i64.shr_u i64.ne local.set $host
        local.get $46 local.get $entry i32.load offset=24 local.get $host select local.set $46
        block
          loop
            local.get $n i32.const 18 i32.lt_s if
              i32.const 0 local.set $offset
              br 2
            end
            block
              ;; 80000000: andi a5,a0,15
              local.get $a0 i64.const 15 i64.and local.set $a5
              ;; 80000004: sh2add a5,a5,s0
              local.get $a5 i64.const 2 i64.shl local.get $s0 i64.add local.set $a5
              ;; 80000008: lw a1,0(a5)
              local.get $46 local.tee $host i32.eqz if
                local.get $a5 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                  local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                    i32.const -0x3ff8 local.set $offset
                    br 5
                  end
                end
                local.get $entry i32.load offset=24 local.set $host
              end
              local.get $host local.get $a5 i32.wrap_i64 i32.add i32.load local.set $a1.w
              ;; 8000000c: zext.b a5,a0
              local.get $a0 i64.const 255 i64.and local.set $a5
              ;; 80000010: sh3add a5,a5,s1
              local.get $a5 i64.const 3 i64.shl local.get $s1 i64.add local.set $a5
              ;; 80000014: ld a2,0(a5)
              local.get $45 local.get $44 local.get $a5 i32.wrap_i64 i32.const 0x1000 i32.and select local.tee $host i32.eqz if
                local.get $a5 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                  local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                    local.get $a1.w i64.extend_i32_s local.set $a1
                    i32.const -0x9fec local.set $offset
                    br 5
                  end
                end
                local.get $entry i32.load offset=24 local.set $host
              end
              local.get $host local.get $a5 i32.wrap_i64 i32.add i64.load local.set $a2
              ;; 80000018: ld a3,0(a5)
              local.get $45 local.get $44 local.get $a5 i32.wrap_i64 i32.const 0x1000 i32.and select local.tee $host i32.eqz if
                local.get $a5 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                  local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                    local.get $a1.w i64.extend_i32_s local.set $a1
                    i32.const -0xbfe8 local.set $offset
                    br 5
                  end
                end
                local.get $entry i32.load offset=24 local.set $host
              end
              local.get $host local.get $a5 i32.wrap_i64 i32.add i64.load local.set $a3
              ;; 8000001c: srli a0,a0,0x1
              local.get $a0 i64.const 1 i64.shr_u local.set $a0
              ;; 80000020: bnez a0,0x80000000
              local.get $a0 i64.const 0 i64.ne if
                ;; 80000000: andi a5,a0,15
                local.get $a0 i64.const 15 i64.and local.set $a5
                ;; 80000004: sh2add a5,a5,s0
                local.get $a5 i64.const 2 i64.shl local.get $s0 i64.add local.set $a5
                ;; 80000008: lw a1,0(a5)
                local.get $46 local.tee $host i32.eqz if
                  local.get $a5 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                    local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                      local.get $a1.w i64.extend_i32_s local.set $a1
                      i32.const -0x15ff8 local.set $offset
                      br 6
                    end
                  end
                  local.get $entry i32.load offset=24 local.set $host
                end
                local.get $host local.get $a5 i32.wrap_i64 i32.add i32.load local.set $a1.w
                ;; 8000000c: zext.b a5,a0
                local.get $a0 i64.const 255 i64.and local.set $a5
                ;; 80000010: sh3add a5,a5,s1
                local.get $a5 i64.const 3 i64.shl local.get $s1 i64.add local.set $a5
                ;; 80000014: ld a2,0(a5)
                local.get $45 local.get $44 local.get $a5 i32.wrap_i64 i32.const 0x1000 i32.and select local.tee $host i32.eqz if
                  local.get $a5 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                    local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                      local.get $a1.w i64.extend_i32_s local.set $a1
                      i32.const -0x1bfec local.set $offset
                      br 6
                    end
                  end
                  local.get $entry i32.load offset=24 local.set $host
                end
                local.get $host local.get $a5 i32.wrap_i64 i32.add i64.load local.set $a2
                ;; 80000018: ld a3,0(a5)
                local.get $45 local.get $44 local.get $a5 i32.wrap_i64 i32.const 0x1000 i32.and select local.tee $host i32.eqz if
                  local.get $a5 local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                    local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                      local.get $a1.w i64.extend_i32_s local.set $a1
                      i32.const -0x1dfe8 local.set $offset
                      br 6
                    end
                  end
                  local.get $entry i32.load offset=24 local.set $host
                end
                local.get $host local.get $a5 i32.wrap_i64 i32.add i64.load local.set $a3
                ;; 8000001c: srli a0,a0,0x1
                local.get $a0 i64.const 1 i64.shr_u local.set $a0
                ;; 80000020: bnez a0,0x80000000
                local.get $a0 i64.const 0 i64.ne if
                  local.get $n i32.const 18 i32.sub local.set $n
                  local.get $a1.w i64.extend_i32_s local.set $a1
                  br 3
                else
                  local.get $n i32.const 18 i32.sub local.set $n
                  local.get $a1.w i64.extend_i32_s local.set $a1
                  br 2
                end
              else
                local.get $n i32.const 9 i32.sub local.set $n
                local.get $a1.w i64.extend_i32_s local.set $a1
                br 1
              end
            end
            block
              ;; 80000024: wfi
              i32.const 36 local.set $offset
              br 0
            end
            local.get $x local.get $a0 i64.store offset=a0
            local.get $x local.get $a1 i64.store offset=a1
            local.get $x local.get $a2 i64.store offset=a2
            local.get $x local.get $a3 i64.store offset=a3
            local.get $x local.get $a5 i64.store offset=a5
            br 2
          end
        end
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x local.get $a1 i64.store offset=a1
        local.get $x local.get $a2 i64.store offset=a2
        local.get $x local.get $a3 i64.store offset=a3
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
