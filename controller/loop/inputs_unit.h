/* controller/loop/inputs_unit.h
 *
 * Inside the loop: the shared look at what the services of an account read from outside git, every
 * `inputs: every`. SSM parameters are read ten a call, however many services read them; outputs of
 * stacks come with the page of DescribeStacks where a StacksUnit looks at the region. A service
 * whose input has changed is woken; the others need no call of their own. */
#pragma once
#include "controller/loop/loop.h"
#include "controller/loop/queue.h"

typedef struct InputsUnit InputsUnit;

InputsUnit *inputs_unit_new(Loop *loop, const LoopOptions *options, Queue *queue,
                            const AccountSettings *account);
void inputs_unit_free(InputsUnit *inputs);
bool inputs_unit_is_for(const InputsUnit *inputs, const AccountSettings *account);
Unit *inputs_unit_in_queue(InputsUnit *inputs);
