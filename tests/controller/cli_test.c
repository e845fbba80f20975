#include <criterion/criterion.h>
Test(cli, x)
{
}
