;; 4 instructions, 5 blocks, 825 bytes
func
  local.get $x i64.load offset=s0 local.set $s0
  local.get $x i64.load offset=s1 local.set $s1
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a1 local.set $a1
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        local.get $x i64.load offset=7936 local.set $32
        local.get $x i32.load offset=7944 local.set $33
        block
          loop
            local.get $n i32.const 16 i32.lt_s if
              i32.const 0 local.set $offset
              br 2
            end
            block
              ;; 80000000: ld a0,0(s0)
              local.get $s0 local.tee $va i64.const -4089 i64.and local.get $32 i64.ne if
                local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                  local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                    i32.const 0 local.set $offset
                    br 5
                  end
                end
                local.get $x local.get $va i64.const -4096 i64.and local.tee $32 i64.store offset=7936
                local.get $x local.get $entry i32.load offset=24 local.tee $33 i32.store offset=7944
              end
              local.get $33 local.get $va i32.wrap_i64 i32.add i64.load local.set $a0
              ;; 80000004: add a1,a1,a0
              local.get $a1 local.get $a0 i64.add local.set $a1
              ;; 80000008: addi s0,s0,8
              local.get $s0 i64.const 8 i64.add local.set $s0
              ;; 8000000c: bne s0,s1,0x80000000
              local.get $s0 local.get $s1 i64.ne if
                ;; 80000000: ld a0,0(s0)
                local.get $s0 local.tee $va i64.const -4089 i64.and local.get $32 i64.ne if
                  local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                    local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                      i32.const -0x8000 local.set $offset
                      br 6
                    end
                  end
                  local.get $x local.get $va i64.const -4096 i64.and local.tee $32 i64.store offset=7936
                  local.get $x local.get $entry i32.load offset=24 local.tee $33 i32.store offset=7944
                end
                local.get $33 local.get $va i32.wrap_i64 i32.add i64.load local.set $a0
                ;; 80000004: add a1,a1,a0
                local.get $a1 local.get $a0 i64.add local.set $a1
                ;; 80000008: addi s0,s0,8
                local.get $s0 i64.const 8 i64.add local.set $s0
                ;; 8000000c: bne s0,s1,0x80000000
                local.get $s0 local.get $s1 i64.ne if
                  ;; 80000000: ld a0,0(s0)
                  local.get $s0 local.tee $va i64.const -4089 i64.and local.get $32 i64.ne if
                    local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                      local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                        i32.const -0x10000 local.set $offset
                        br 7
                      end
                    end
                    local.get $x local.get $va i64.const -4096 i64.and local.tee $32 i64.store offset=7936
                    local.get $x local.get $entry i32.load offset=24 local.tee $33 i32.store offset=7944
                  end
                  local.get $33 local.get $va i32.wrap_i64 i32.add i64.load local.set $a0
                  ;; 80000004: add a1,a1,a0
                  local.get $a1 local.get $a0 i64.add local.set $a1
                  ;; 80000008: addi s0,s0,8
                  local.get $s0 i64.const 8 i64.add local.set $s0
                  ;; 8000000c: bne s0,s1,0x80000000
                  local.get $s0 local.get $s1 i64.ne if
                    ;; 80000000: ld a0,0(s0)
                    local.get $s0 local.tee $va i64.const -4089 i64.and local.get $32 i64.ne if
                      local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                        local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                          i32.const -0x18000 local.set $offset
                          br 8
                        end
                      end
                      local.get $x local.get $va i64.const -4096 i64.and local.tee $32 i64.store offset=7936
                      local.get $x local.get $entry i32.load offset=24 local.tee $33 i32.store offset=7944
                    end
                    local.get $33 local.get $va i32.wrap_i64 i32.add i64.load local.set $a0
                    ;; 80000004: add a1,a1,a0
                    local.get $a1 local.get $a0 i64.add local.set $a1
                    ;; 80000008: addi s0,s0,8
                    local.get $s0 i64.const 8 i64.add local.set $s0
                    ;; 8000000c: bne s0,s1,0x80000000
                    local.get $s0 local.get $s1 i64.ne if
                      local.get $n i32.const 16 i32.sub local.set $n
                      br 5
                    else
                      local.get $n i32.const 16 i32.sub local.set $n
                      br 4
                    end
                  else
                    local.get $n i32.const 12 i32.sub local.set $n
                    br 3
                  end
                else
                  local.get $n i32.const 8 i32.sub local.set $n
                  br 2
                end
              else
                local.get $n i32.const 4 i32.sub local.set $n
                br 1
              end
            end
            block
              ;; 80000010: wfi
              i32.const 16 local.set $offset
              br 0
            end
            local.get $x local.get $s0 i64.store offset=s0
            local.get $x local.get $a0 i64.store offset=a0
            local.get $x local.get $a1 i64.store offset=a1
            br 2
          end
        end
        local.get $x local.get $s0 i64.store offset=s0
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x local.get $a1 i64.store offset=a1
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
