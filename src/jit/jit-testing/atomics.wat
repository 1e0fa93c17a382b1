;; 6 instructions, 5 blocks, 1586 bytes
func
  local.get $x i64.load offset=s0 local.set $s0
  local.get $x i64.load offset=s1 local.set $s1
  local.get $x i64.load offset=a0 local.set $a0
  local.get $x i64.load offset=a1 local.set $a1
  local.get $x i64.load offset=a2 local.set $a2
  local.get $x i64.load offset=a3 local.set $a3
  block
    block
      block
        local.get $x i32.load offset=bank_ls local.set $bank
        block
          loop
            local.get $n i32.const 18 i32.lt_s if
              i32.const 0 local.set $offset
              br 2
            end
            block
              ;; 80000000: lr.w a0,(s0)
              local.get $s0 local.tee $va i32.wrap_i64 i32.const 3 i32.and if
                i32.const 0 local.set $offset
                br 3
              end
              local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                  i32.const 0 local.set $offset
                  br 4
                end
              end
              local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $entry
              local.get $x local.get $entry i32.store offset=2108
              local.get $x local.get $entry i32.atomic.load i64.extend_i32_s local.tee $t0 i64.store offset=2112
              local.get $x i64.const 4 i64.store offset=2120
              local.get $t0 local.set $a0
              ;; 80000004: add a1,a0,a2
              local.get $a0 local.get $a2 i64.add local.set $a1
              ;; 80000008: sc.w a3,a1,(s0)
              local.get $s0 local.tee $va i32.wrap_i64 i32.const 3 i32.and if
                i32.const -0x3ff8 local.set $offset
                br 3
              end
              local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                  i32.const -0x3ff8 local.set $offset
                  br 4
                end
              end
              local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.tee $entry local.get $x i32.load offset=2108 i32.eq local.get $x i64.load offset=2120 i64.const 4 i64.eq i32.and local.get $x i32.const 0 i32.store offset=2108
              i64.const 1 local.set $t0
              if
                local.get $entry local.get $x i32.load offset=2112 local.get $a1 i32.wrap_i64 i32.atomic.rmw.cmpxchg local.get $x i32.load offset=2112 i32.ne i64.extend_i32_u local.set $t0
              end
              local.get $t0 local.set $a3
              ;; 8000000c: bnez a3,0x80000000
              local.get $a3 i64.const 0 i64.ne if
                ;; 80000000: lr.w a0,(s0)
                local.get $s0 local.tee $va i32.wrap_i64 i32.const 3 i32.and if
                  i32.const -0x8000 local.set $offset
                  br 4
                end
                local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                  local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                    i32.const -0x8000 local.set $offset
                    br 5
                  end
                end
                local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $entry
                local.get $x local.get $entry i32.store offset=2108
                local.get $x local.get $entry i32.atomic.load i64.extend_i32_s local.tee $t0 i64.store offset=2112
                local.get $x i64.const 4 i64.store offset=2120
                local.get $t0 local.set $a0
                ;; 80000004: add a1,a0,a2
                local.get $a0 local.get $a2 i64.add local.set $a1
                ;; 80000008: sc.w a3,a1,(s0)
                local.get $s0 local.tee $va i32.wrap_i64 i32.const 3 i32.and if
                  i32.const -0xbff8 local.set $offset
                  br 4
                end
                local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                  local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                    i32.const -0xbff8 local.set $offset
                    br 5
                  end
                end
                local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.tee $entry local.get $x i32.load offset=2108 i32.eq local.get $x i64.load offset=2120 i64.const 4 i64.eq i32.and local.get $x i32.const 0 i32.store offset=2108
                i64.const 1 local.set $t0
                if
                  local.get $entry local.get $x i32.load offset=2112 local.get $a1 i32.wrap_i64 i32.atomic.rmw.cmpxchg local.get $x i32.load offset=2112 i32.ne i64.extend_i32_u local.set $t0
                end
                local.get $t0 local.set $a3
                ;; 8000000c: bnez a3,0x80000000
                local.get $a3 i64.const 0 i64.ne if
                  ;; 80000000: lr.w a0,(s0)
                  local.get $s0 local.tee $va i32.wrap_i64 i32.const 3 i32.and if
                    i32.const -0x10000 local.set $offset
                    br 5
                  end
                  local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                    local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                      i32.const -0x10000 local.set $offset
                      br 6
                    end
                  end
                  local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $entry
                  local.get $x local.get $entry i32.store offset=2108
                  local.get $x local.get $entry i32.atomic.load i64.extend_i32_s local.tee $t0 i64.store offset=2112
                  local.get $x i64.const 4 i64.store offset=2120
                  local.get $t0 local.set $a0
                  ;; 80000004: add a1,a0,a2
                  local.get $a0 local.get $a2 i64.add local.set $a1
                  ;; 80000008: sc.w a3,a1,(s0)
                  local.get $s0 local.tee $va i32.wrap_i64 i32.const 3 i32.and if
                    i32.const -0x13ff8 local.set $offset
                    br 5
                  end
                  local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                    local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                      i32.const -0x13ff8 local.set $offset
                      br 6
                    end
                  end
                  local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.tee $entry local.get $x i32.load offset=2108 i32.eq local.get $x i64.load offset=2120 i64.const 4 i64.eq i32.and local.get $x i32.const 0 i32.store offset=2108
                  i64.const 1 local.set $t0
                  if
                    local.get $entry local.get $x i32.load offset=2112 local.get $a1 i32.wrap_i64 i32.atomic.rmw.cmpxchg local.get $x i32.load offset=2112 i32.ne i64.extend_i32_u local.set $t0
                  end
                  local.get $t0 local.set $a3
                  ;; 8000000c: bnez a3,0x80000000
                  local.get $a3 i64.const 0 i64.ne if
                    ;; 80000000: lr.w a0,(s0)
                    local.get $s0 local.tee $va i32.wrap_i64 i32.const 3 i32.and if
                      i32.const -0x18000 local.set $offset
                      br 6
                    end
                    local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                      local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                        i32.const -0x18000 local.set $offset
                        br 7
                      end
                    end
                    local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.set $entry
                    local.get $x local.get $entry i32.store offset=2108
                    local.get $x local.get $entry i32.atomic.load i64.extend_i32_s local.tee $t0 i64.store offset=2112
                    local.get $x i64.const 4 i64.store offset=2120
                    local.get $t0 local.set $a0
                    ;; 80000004: add a1,a0,a2
                    local.get $a0 local.get $a2 i64.add local.set $a1
                    ;; 80000008: sc.w a3,a1,(s0)
                    local.get $s0 local.tee $va i32.wrap_i64 i32.const 3 i32.and if
                      i32.const -0x1bff8 local.set $offset
                      br 6
                    end
                    local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                      local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 3 i64.add i64.const 12 i64.shr_u i64.ne if
                        i32.const -0x1bff8 local.set $offset
                        br 7
                      end
                    end
                    local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.tee $entry local.get $x i32.load offset=2108 i32.eq local.get $x i64.load offset=2120 i64.const 4 i64.eq i32.and local.get $x i32.const 0 i32.store offset=2108
                    i64.const 1 local.set $t0
                    if
                      local.get $entry local.get $x i32.load offset=2112 local.get $a1 i32.wrap_i64 i32.atomic.rmw.cmpxchg local.get $x i32.load offset=2112 i32.ne i64.extend_i32_u local.set $t0
                    end
                    local.get $t0 local.set $a3
                    ;; 8000000c: bnez a3,0x80000000
                    local.get $a3 i64.const 0 i64.ne if
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
              ;; 80000010: amoadd.d a4,a1,(s1)
              local.get $s1 local.tee $va i32.wrap_i64 i32.const 7 i32.and if
                i32.const 16 local.set $offset
                br 1
              end
              local.get $va local.tee $va i32.wrap_i64 i32.const 7 i32.shr_u i32.const 0x7fe0 i32.and local.get $bank i32.add local.tee $entry i64.load offset=ra local.tee $tag local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                local.get $entry i32.const 0x4000 i32.xor local.tee $entry i64.load offset=ra local.get $va i64.const 7 i64.add i64.const 12 i64.shr_u i64.ne if
                  i32.const 16 local.set $offset
                  br 2
                end
              end
              local.get $entry i32.load offset=24 local.get $va i32.wrap_i64 i32.add local.get $a1 i64.atomic.rmw.add local.set $a4
              ;; 80000014: fence
              atomic.fence
              ;; 80000018: wfi
              local.get $x local.get $a4 i64.store offset=a4
              i32.const -0x3fe8 local.set $offset
              br 0
            end
            local.get $x local.get $a0 i64.store offset=a0
            local.get $x local.get $a1 i64.store offset=a1
            local.get $x local.get $a3 i64.store offset=a3
            br 2
          end
        end
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x local.get $a1 i64.store offset=a1
        local.get $x local.get $a3 i64.store offset=a3
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
