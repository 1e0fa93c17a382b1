;; 7 instructions, 21 blocks, 909 bytes
func
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
            local.get $n i32.const 28 i32.lt_s if
              i32.const 0 local.set $offset
              br 2
            end
            block
              ;; 80000000: mv a2,a0
              local.get $a0 local.set $a2
              ;; 80000004: bge a1,a0,0x8000000c
              local.get $a1 local.get $a0 i64.ge_s local.set $choice
              ;; 80000008: mv a2,a1
              local.get $a2 local.set $t3
              local.get $a1 local.set $a2
              local.get $t3 local.get $a2 local.get $choice select local.set $a2
              local.get $n local.get $choice i32.eqz i32.sub local.set $n
              local.get $n i32.const 2 i32.sub local.set $n
              br 0
            end
            block
              block
                ;; 8000000c: beqz a2,0x80000014
                local.get $a2 i64.const 0 i64.eq local.set $choice
                ;; 80000010: addiw a3,a3,1
                local.get $a3 local.set $t3
                local.get $a3 i32.wrap_i64 i32.const 1 i32.add local.set $a3.w
                local.get $t3 local.get $a3.w i64.extend_i32_s local.tee $a3 local.get $choice select local.set $a3
                local.get $n local.get $choice i32.eqz i32.sub local.set $n
                local.get $n i32.const 1 i32.sub local.set $n
                br 0
              end
              block
                block
                  ;; 80000014: add a0,a0,a2
                  local.get $a0 local.get $a2 i64.add local.set $a0
                  ;; 80000018: bnez a0,0x80000000
                  local.get $a0 i64.const 0 i64.ne if
                    block
                      ;; 80000000: mv a2,a0
                      local.get $a0 local.set $a2
                      ;; 80000004: bge a1,a0,0x8000000c
                      local.get $a1 local.get $a0 i64.ge_s local.set $choice
                      ;; 80000008: mv a2,a1
                      local.get $a2 local.set $t3
                      local.get $a1 local.set $a2
                      local.get $t3 local.get $a2 local.get $choice select local.set $a2
                      local.get $n local.get $choice i32.eqz i32.sub local.set $n
                      local.get $n i32.const 4 i32.sub local.set $n
                      br 0
                    end
                    block
                      block
                        ;; 8000000c: beqz a2,0x80000014
                        local.get $a2 i64.const 0 i64.eq local.set $choice
                        ;; 80000010: addiw a3,a3,1
                        local.get $a3 local.set $t3
                        local.get $a3 i32.wrap_i64 i32.const 1 i32.add local.set $a3.w
                        local.get $t3 local.get $a3.w i64.extend_i32_s local.tee $a3 local.get $choice select local.set $a3
                        local.get $n local.get $choice i32.eqz i32.sub local.set $n
                        local.get $n i32.const 1 i32.sub local.set $n
                        br 0
                      end
                      block
                        ;; 80000014: add a0,a0,a2
                        local.get $a0 local.get $a2 i64.add local.set $a0
                        ;; 80000018: bnez a0,0x80000000
                        local.get $a0 i64.const 0 i64.ne if
                          block
                            ;; 80000000: mv a2,a0
                            local.get $a0 local.set $a2
                            ;; 80000004: bge a1,a0,0x8000000c
                            local.get $a1 local.get $a0 i64.ge_s local.set $choice
                            ;; 80000008: mv a2,a1
                            local.get $a2 local.set $t3
                            local.get $a1 local.set $a2
                            local.get $t3 local.get $a2 local.get $choice select local.set $a2
                            local.get $n local.get $choice i32.eqz i32.sub local.set $n
                            local.get $n i32.const 4 i32.sub local.set $n
                            br 0
                          end
                          block
                            block
                              ;; 8000000c: beqz a2,0x80000014
                              local.get $a2 i64.const 0 i64.eq local.set $choice
                              ;; 80000010: addiw a3,a3,1
                              local.get $a3 local.set $t3
                              local.get $a3 i32.wrap_i64 i32.const 1 i32.add local.set $a3.w
                              local.get $t3 local.get $a3.w i64.extend_i32_s local.tee $a3 local.get $choice select local.set $a3
                              local.get $n local.get $choice i32.eqz i32.sub local.set $n
                              local.get $n i32.const 1 i32.sub local.set $n
                              br 0
                            end
                            block
                              ;; 80000014: add a0,a0,a2
                              local.get $a0 local.get $a2 i64.add local.set $a0
                              ;; 80000018: bnez a0,0x80000000
                              local.get $a0 i64.const 0 i64.ne if
                                block
                                  ;; 80000000: mv a2,a0
                                  local.get $a0 local.set $a2
                                  ;; 80000004: bge a1,a0,0x8000000c
                                  local.get $a1 local.get $a0 i64.ge_s local.set $choice
                                  ;; 80000008: mv a2,a1
                                  local.get $a2 local.set $t3
                                  local.get $a1 local.set $a2
                                  local.get $t3 local.get $a2 local.get $choice select local.set $a2
                                  local.get $n local.get $choice i32.eqz i32.sub local.set $n
                                  local.get $n i32.const 4 i32.sub local.set $n
                                  br 0
                                end
                                block
                                  block
                                    ;; 8000000c: beqz a2,0x80000014
                                    local.get $a2 i64.const 0 i64.eq local.set $choice
                                    ;; 80000010: addiw a3,a3,1
                                    local.get $a3 local.set $t3
                                    local.get $a3 i32.wrap_i64 i32.const 1 i32.add local.set $a3.w
                                    local.get $t3 local.get $a3.w i64.extend_i32_s local.tee $a3 local.get $choice select local.set $a3
                                    local.get $n local.get $choice i32.eqz i32.sub local.set $n
                                    local.get $n i32.const 1 i32.sub local.set $n
                                    br 0
                                  end
                                  block
                                    ;; 80000014: add a0,a0,a2
                                    local.get $a0 local.get $a2 i64.add local.set $a0
                                    ;; 80000018: bnez a0,0x80000000
                                    local.get $a0 i64.const 0 i64.ne if
                                      local.get $n i32.const 2 i32.sub local.set $n
                                      br 13
                                    else
                                      local.get $n i32.const 2 i32.sub local.set $n
                                      br 10
                                    end
                                  end
                                  local.get $x local.get $a0 i64.store offset=a0
                                  local.get $x local.get $a2 i64.store offset=a2
                                  local.get $x local.get $a3 i64.store offset=a3
                                  br 13
                                end
                                local.get $x local.get $a0 i64.store offset=a0
                                local.get $x local.get $a2 i64.store offset=a2
                                local.get $x local.get $a3 i64.store offset=a3
                                br 12
                              else
                                local.get $n i32.const 2 i32.sub local.set $n
                                br 7
                              end
                            end
                            local.get $x local.get $a0 i64.store offset=a0
                            local.get $x local.get $a2 i64.store offset=a2
                            local.get $x local.get $a3 i64.store offset=a3
                            br 10
                          end
                          local.get $x local.get $a0 i64.store offset=a0
                          local.get $x local.get $a2 i64.store offset=a2
                          local.get $x local.get $a3 i64.store offset=a3
                          br 9
                        else
                          local.get $n i32.const 2 i32.sub local.set $n
                          br 4
                        end
                      end
                      local.get $x local.get $a0 i64.store offset=a0
                      local.get $x local.get $a2 i64.store offset=a2
                      local.get $x local.get $a3 i64.store offset=a3
                      br 7
                    end
                    local.get $x local.get $a0 i64.store offset=a0
                    local.get $x local.get $a2 i64.store offset=a2
                    local.get $x local.get $a3 i64.store offset=a3
                    br 6
                  else
                    local.get $n i32.const 2 i32.sub local.set $n
                    br 1
                  end
                end
                block
                  ;; 8000001c: wfi
                  i32.const 28 local.set $offset
                  br 0
                end
                local.get $x local.get $a0 i64.store offset=a0
                local.get $x local.get $a2 i64.store offset=a2
                local.get $x local.get $a3 i64.store offset=a3
                br 4
              end
              local.get $x local.get $a0 i64.store offset=a0
              local.get $x local.get $a2 i64.store offset=a2
              local.get $x local.get $a3 i64.store offset=a3
              br 3
            end
            local.get $x local.get $a0 i64.store offset=a0
            local.get $x local.get $a2 i64.store offset=a2
            local.get $x local.get $a3 i64.store offset=a3
            br 2
          end
        end
        local.get $x local.get $a0 i64.store offset=a0
        local.get $x local.get $a2 i64.store offset=a2
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
