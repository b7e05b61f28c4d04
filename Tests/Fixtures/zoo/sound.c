#include "zoo.h"
