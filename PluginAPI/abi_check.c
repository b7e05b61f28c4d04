#include <jackfield/plugin.h>
