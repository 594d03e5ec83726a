@echo off
rem Starts Latent Lab from its checkout, or runs its tests (latentlab.bat test); the first call gets what they need.
setlocal
for %%I in ("%~dp0..\..") do set "root=%%~fI"
set "venv=%root%\.venv"
set "python=%venv%\Scripts\python.exe"
set "extras=app"
set "what=."
if /i "%~1"=="test" (
    set "extras=test"
    set "what=.[test]"
)
set "stamp=%venv%\latentlab-%extras%.stamp"

rem Before anything is made or cleared: a copy of this file elsewhere would take another project's environment for ours.
findstr /r /c:"^name = .latentlab." "%root%\pyproject.toml" >nul 2>&1
if errorlevel 1 (
    echo Latent Lab: "%root%" is not Latent Lab's checkout; start this file from there.
    goto failed
)

rem The stamp is the pyproject.toml that was installed last; but a checkout can have been moved or copied since.
set "here=import app, os, sys; sys.exit(not os.path.samefile(app.__path__[0], sys.argv[1]))"
fc /b "%root%\pyproject.toml" "%stamp%" >nul 2>&1 || goto install
"%python%" -I -c "%here%" "%root%\app" >nul 2>&1 && goto installed
:install

"%python%" -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>&1 && goto have_venv
if exist "%venv%" if not exist "%venv%\pyvenv.cfg" (
    echo Latent Lab: "%venv%" is there and is not a virtual environment; move it away and start this again.
    goto failed
)
set "base="
for %%P in ("py -3" "python" "python3") do if not defined base (
    %%~P -c "import sys; sys.exit(sys.version_info < (3, 11))" >nul 2>&1 && set "base=%%~P"
)
if not defined base (
    echo Latent Lab: Python 3.11 or newer is needed and was not found; install it and start this again.
    goto failed
)
%base% -m venv --clear "%venv%"
if errorlevel 1 (
    echo Latent Lab: the virtual environment could not be made in "%venv%".
    goto failed
)
:have_venv

rem An environment that somebody else made may have no pip; what is there stays.
"%python%" -m pip --version >nul 2>&1 || "%python%" -m ensurepip
if errorlevel 1 (
    echo Latent Lab: the environment "%venv%" has no pip, and Python could not put it there; the reason stands above.
    echo Mend it, or move the environment away, and start this again.
    goto failed
)
echo Latent Lab: getting the Python libraries (once; PyTorch is large, this takes some minutes)
pushd "%root%"
"%python%" -m pip install --disable-pip-version-check -e "%what%"
set "result=%errorlevel%"
popd
if not "%result%"=="0" (
    echo Latent Lab: the Python libraries could not be installed; the reason stands above. Mend it and start this again.
    goto failed
)
copy /y "%root%\pyproject.toml" "%stamp%" >nul
rem What the tests need holds what the app needs.
copy /y "%root%\pyproject.toml" "%venv%\latentlab-app.stamp" >nul
:installed

if "%extras%"=="test" goto test
"%python%" -P -m app %*
set "result=%errorlevel%"
rem No window can open: after a double click the sentence that says why would vanish with the console.
if "%result%"=="2" pause
exit /b %result%

:test
pushd "%root%"
for /f "tokens=1,* delims= " %%A in ("%*") do "%python%" -m pytest -n 2 --dist worksteal %%B
exit /b %errorlevel%

:failed
pause
exit /b 1
