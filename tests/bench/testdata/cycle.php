<?php
$n = (int)$_GET['n'];
$begin = microtime(true);
for ($i = 1; $i <= $n; $i++) {
  session_start();
  if (isset($_GET['change'])) $_SESSION['n'] = $i;
  $_SESSION['name'] = 'Ada';
  session_write_close();
}
echo 'cycle ', (microtime(true) - $begin) / $n * 1e6;
session_start(['read_and_close' => true]);
echo ' ', $_SESSION['name'];
