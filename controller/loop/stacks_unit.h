/* controller/loop/stacks_unit.h
 *
 * Inside the loop: the shared look at all stacks of an account and region, a page of DescribeStacks
 * at a time. A stack that is not as recorded wakes its service; unchanged services need no call of
 * their own. */
#pragma once
#include "controller/loop/loop.h"
#include "controller/loop/queue.h"

typedef struct StacksUnit StacksUnit;

StacksUnit *stacks_unit_new(Loop *loop, const LoopOptions *options, Queue *queue,
                            const AccountSettings *account, const char *region);
void stacks_unit_free(StacksUnit *stacks);
bool stacks_unit_is_for(const StacksUnit *stacks, const AccountSettings *account,
                        const char *region);
Unit *stacks_unit_in_queue(StacksUnit *stacks);
